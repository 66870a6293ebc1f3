-- purchase_gaps: one row for each customer and category: its purchase days and the gaps between them, as whole
-- numbers, whose sums do not depend on the order of summing. Reads `purchases` (customer_id, category, ordered_at).
with
-- Days since the purchase before: 0 for another purchase on the same day, NULL for the first one.
spaced_purchases as (
    select
        customer_id,
        category,
        ordered_at,
        calendar_days(
            lag(cast(ordered_at as date)) over (
                partition by customer_id, category order by ordered_at asc nulls last
            ),
            cast(ordered_at as date)
        ) as gap_days
    from purchases
)
select
    customer_id,
    category,
    max(ordered_at) as last_purchase_at,
    -- a purchase day is the first one, and each that lies apart from the one before
    1 + cast(sum(case when gap_days > 0 then 1 else 0 end) as bigint) as purchase_days,
    cast(coalesce(sum(gap_days), 0) as bigint) as span_days,
    cast(coalesce(sum(gap_days * gap_days), 0) as bigint) as squared_gaps
from spaced_purchases
group by customer_id, category
