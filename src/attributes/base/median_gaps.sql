-- median_gaps: the median gap of each customer and category with at least two purchase days. The middle one or two
-- gaps are picked by number, which needs a fraction of the memory that percentile_cont takes per customer.
-- Reads `purchases` (customer_id, category, ordered_at).
with
spaced_purchases as (
    select
        customer_id,
        category,
        calendar_days(
            lag(cast(ordered_at as date)) over (
                partition by customer_id, category order by ordered_at asc nulls last
            ),
            cast(ordered_at as date)
        ) as gap_days
    from purchases
),
numbered_gaps as (
    select
        customer_id,
        category,
        gap_days,
        row_number() over (
            partition by customer_id, category order by gap_days asc nulls last
        ) as gap_number,
        count(*) over (partition by customer_id, category) as gaps
    from spaced_purchases
    where gap_days > 0
)
-- The middle of n gaps: number (n + 1) / 2 where n is odd, n / 2 and the next where it is even.
select
    customer_id,
    category,
    as_double(sum(gap_days)) / as_double(count(*)) as median_gap_days
from numbered_gaps
where 2 * gap_number between gaps and gaps + 2
group by customer_id, category
