-- customer_orders: one row for each customer with at least one counted order; all that rfm, promo and
-- priority need from orders, in one pass over them. Money stays exact decimal.
with
-- Counted orders and refunds. An excluded status drops an order, but never a refund: its money did flow back.
relevant_orders as (
    select
        customer_id,
        ordered_at,
        net_amount,
        coalesce(discount_amount, 0) as discount_amount,
        net_amount >= 0 as is_counted
    from orders
    where net_amount < 0
       or status is null
       or lower(status) not in ($excluded_statuses)
),
-- An order is discounted from a share of its gross on. The share comes in millionths: whole numbers compare
-- exactly with decimals, where 0.05 as a double would not.
marked_orders as (
    select
        customer_id,
        ordered_at,
        net_amount,
        discount_amount,
        is_counted,
        case
            when is_counted and discount_amount > 0
                then discount_amount * 1000000 >= $min_depth_millionths * (net_amount + discount_amount)
            else false
        end as is_discounted
    from relevant_orders
)
select
    customer_id,
    min(case when is_counted then ordered_at end) as first_order_at,
    max(case when is_counted then ordered_at end) as last_order_at,
    cast(sum(case when is_counted then 1 else 0 end) as bigint) as counted_orders,
    cast(sum(case when is_discounted then 1 else 0 end) as bigint) as discounted_orders,
    -- refunds included
    cast(sum(net_amount) as decimal(24, 4)) as monetary,
    -- of counted orders alone, so that shares of them stay between 0 and 1
    cast(sum(case when is_counted then net_amount else 0 end) as decimal(24, 4)) as counted_net,
    cast(sum(case when is_counted then discount_amount else 0 end) as decimal(24, 4)) as counted_discount,
    cast(sum(case when is_discounted then net_amount else 0 end) as decimal(24, 4)) as discounted_net
from marked_orders
group by customer_id
having sum(case when is_counted then 1 else 0 end) > 0
