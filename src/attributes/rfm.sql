-- rfm: recency, frequency and money of each customer with a counted order, their scores, and the value index.
with
valued as (
    select
        orders.customer_id,
        orders.first_order_at,
        orders.last_order_at,
        orders.counted_orders as frequency,
        orders.monetary,
        scores.r_score,
        scores.f_score,
        scores.m_score,
        scores.fxm_score,
        elapsed_days(orders.last_order_at, $as_of) as recency_days,
        as_double(orders.monetary * orders.counted_orders)
            / greatest(elapsed_days(orders.last_order_at, $as_of), 1) as rfm_value
    from customer_orders as orders
    inner join rfm_scores as scores on scores.customer_id = orders.customer_id
),
-- Values are ranked in whole millionths: equal fractions (30 cents in 3 days, 10 cents in 1 day) can differ in
-- the last bit of a double, and must not differ in rank. Halves go upwards, without a cast that could overflow.
ranked as (
    select *, floor(rfm_value * 1000000 + 0.5) as ranking_value
    from valued
),
ranking_counts as (
    select ranking_value, count(*) as customers
    from ranked
    group by ranking_value
),
scored as (
    select count(*) as customers
    from ranked
),
-- Customers with strictly less value, for each distinct value.
ranks as (
    select
        counts.ranking_value,
        cast(sum(counts.customers) over (
            order by counts.ranking_value asc nulls last rows between unbounded preceding and current row
        ) - counts.customers as bigint) as customers_below
    from ranking_counts as counts
)
select
    ranked.customer_id,
    ranked.first_order_at,
    ranked.last_order_at,
    ranked.recency_days,
    ranked.frequency,
    ranked.monetary,
    ranked.r_score,
    ranked.f_score,
    ranked.m_score,
    cast(ranked.r_score * 100 + ranked.f_score * 10 + ranked.m_score as varchar(3)) as rfm_cell,
    whole_quotient(ranked.f_score + ranked.m_score + 1, 2) as fm_score,
    ranked.fxm_score,
    ranked.rfm_value,
    -- 5 * below / (n - 1) in hundredths, halves up; a customer without anyone to compare with has 0
    case
        when scored.customers = 1 then as_double(0)
        else as_double(whole_quotient(
            1000 * ranks.customers_below + scored.customers - 1, 2 * (scored.customers - 1)
        )) / 100
    end as rfm_index
from ranked
inner join ranks on ranks.ranking_value = ranked.ranking_value
cross join scored
