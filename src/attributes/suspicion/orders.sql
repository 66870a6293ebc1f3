-- orders: what all rows of orders have in common, whatever their status: the question is whether the export is whole.
with
-- One pass over orders; days are quicker told than months.
days as (
    select
        cast(ordered_at as date) as order_day,
        count(*) as orders,
        sum(case when discount_amount <> 0 then 1 else 0 end) as discounted,
        max(ordered_at) as latest_at
    from orders
    group by cast(ordered_at as date)
),
-- Months are counted from the year 0, so that neighbours differ by one.
months as (
    select
        cast(extract(year from order_day) * 12 + extract(month from order_day) - 1 as bigint) as order_month,
        sum(orders) as orders,
        sum(discounted) as discounted,
        max(latest_at) as latest_at
    from days
    group by cast(extract(year from order_day) * 12 + extract(month from order_day) - 1 as bigint)
),
-- Each month with the next one that has orders.
neighbours as (
    select
        months.*,
        lead(order_month) over (order by order_month asc nulls last) as next_month
    from months
)
select
    cast(sum(orders) as bigint) as orders,
    cast(sum(discounted) as bigint) as discounted,
    max(latest_at) as latest_at,
    cast(sum(next_month - order_month - 1) as bigint) as empty_months,
    min(case when next_month > order_month + 1 then order_month + 1 end) as first_empty
from neighbours
