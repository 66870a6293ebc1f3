-- activity: how much a customer bought lately, and whether the customer has gone. Reads `inactive_limits`.
with
-- Every counted order, gathered by customer.
customer_activity as (
    select
        customer_id,
        max(ordered_at) as last_order_at,
        cast(sum(case when ordered_at > $last_year_after then 1 else 0 end) as bigint) as last_year_orders
        /* one count for each window */
    from orders
    where net_amount >= 0
      and (status is null or lower(status) not in ($excluded_statuses))
    group by customer_id
),
-- Silent for more whole days than the limit. Without a limit nobody knows.
silence as (
    select
        customer_activity.*,
        inactive_limits.limit_days,
        elapsed_days(customer_activity.last_order_at, $as_of) > inactive_limits.limit_days as inactive
    from customer_activity
    left join inactive_limits on inactive_limits.customer_id = customer_activity.customer_id
)
select
    customer_id,
    /* the count of each window */
    last_year_orders <= 1 as one_time_user,
    inactive,
    -- the first day whose silence is longer than the limit
    case
        when inactive then add_days(cast(last_order_at as date), floor(limit_days) + 1)
    end as inactive_since
from silence
