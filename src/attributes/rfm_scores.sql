-- rfm_scores: recency, frequency and money on a scale of 1 to $bins; equal values get equal scores.
-- A score is 1 + bins * (customers strictly worse) / (customers scored), without the fraction. The strictly worse
-- are found by counting customers per distinct value and adding the counts up: no window ever covers all customers.
with
scored as (
    select count(*) as customers
    from customer_orders
),
recency_counts as (
    select last_order_at, count(*) as customers
    from customer_orders
    group by last_order_at
),
recency_scores as (
    select
        counts.last_order_at,
        1 + whole_quotient($bins * cast(sum(counts.customers) over (
            order by counts.last_order_at asc nulls last rows between unbounded preceding and current row
        ) - counts.customers as bigint), scored.customers) as r_score
    from recency_counts as counts
    cross join scored
),
frequency_counts as (
    select counted_orders, count(*) as customers
    from customer_orders
    group by counted_orders
),
frequency_scores as (
    select
        counts.counted_orders,
        1 + whole_quotient($bins * cast(sum(counts.customers) over (
            order by counts.counted_orders asc nulls last rows between unbounded preceding and current row
        ) - counts.customers as bigint), scored.customers) as f_score
    from frequency_counts as counts
    cross join scored
),
money_counts as (
    select monetary, count(*) as customers
    from customer_orders
    group by monetary
),
money_scores as (
    select
        counts.monetary,
        1 + whole_quotient($bins * cast(sum(counts.customers) over (
            order by counts.monetary asc nulls last rows between unbounded preceding and current row
        ) - counts.customers as bigint), scored.customers) as m_score
    from money_counts as counts
    cross join scored
),
scores as (
    select
        customer_orders.customer_id,
        recency_scores.r_score,
        frequency_scores.f_score,
        money_scores.m_score,
        frequency_scores.f_score * money_scores.m_score as fxm
    from customer_orders
    inner join recency_scores on recency_scores.last_order_at = customer_orders.last_order_at
    inner join frequency_scores on frequency_scores.counted_orders = customer_orders.counted_orders
    inner join money_scores on money_scores.monetary = customer_orders.monetary
),
fxm_counts as (
    select fxm, count(*) as customers
    from scores
    group by fxm
),
fxm_scores as (
    select
        counts.fxm,
        1 + whole_quotient($bins * cast(sum(counts.customers) over (
            order by counts.fxm asc nulls last rows between unbounded preceding and current row
        ) - counts.customers as bigint), scored.customers) as fxm_score
    from fxm_counts as counts
    cross join scored
)
select
    scores.customer_id,
    scores.r_score,
    scores.f_score,
    scores.m_score,
    fxm_scores.fxm_score
from scores
inner join fxm_scores on fxm_scores.fxm = scores.fxm
