-- rfm_scores, where the sync file sets method = "thresholds": a score is 1 + the cut points passed, whoever the
-- other customers are. A recency of c days or less passes the cut point c; frequency and money pass it from c on.
-- There is room for eight cut points (bins = 9); those not in use are set where nobody passes them.
with
scored as (
    select count(*) as customers
    from customer_orders
),
scores as (
    select
        customer_id,
        1 + cast(r_passed as bigint) as r_score,
        1 + cast(f_passed as bigint) as f_score,
        1 + cast(m_passed as bigint) as m_score,
        (1 + cast(f_passed as bigint)) * (1 + m_passed) as fxm
    from (
        select
            customer_id,
              case when elapsed_days(last_order_at, $as_of) <= $recency_cut_1 then 1 else 0 end
            + case when elapsed_days(last_order_at, $as_of) <= $recency_cut_2 then 1 else 0 end
            + case when elapsed_days(last_order_at, $as_of) <= $recency_cut_3 then 1 else 0 end
            + case when elapsed_days(last_order_at, $as_of) <= $recency_cut_4 then 1 else 0 end
            + case when elapsed_days(last_order_at, $as_of) <= $recency_cut_5 then 1 else 0 end
            + case when elapsed_days(last_order_at, $as_of) <= $recency_cut_6 then 1 else 0 end
            + case when elapsed_days(last_order_at, $as_of) <= $recency_cut_7 then 1 else 0 end
            + case when elapsed_days(last_order_at, $as_of) <= $recency_cut_8 then 1 else 0 end as r_passed,
              case when counted_orders >= $frequency_cut_1 then 1 else 0 end
            + case when counted_orders >= $frequency_cut_2 then 1 else 0 end
            + case when counted_orders >= $frequency_cut_3 then 1 else 0 end
            + case when counted_orders >= $frequency_cut_4 then 1 else 0 end
            + case when counted_orders >= $frequency_cut_5 then 1 else 0 end
            + case when counted_orders >= $frequency_cut_6 then 1 else 0 end
            + case when counted_orders >= $frequency_cut_7 then 1 else 0 end
            + case when counted_orders >= $frequency_cut_8 then 1 else 0 end as f_passed,
              case when monetary >= cast($monetary_cut_1 as decimal(24, 4)) then 1 else 0 end
            + case when monetary >= cast($monetary_cut_2 as decimal(24, 4)) then 1 else 0 end
            + case when monetary >= cast($monetary_cut_3 as decimal(24, 4)) then 1 else 0 end
            + case when monetary >= cast($monetary_cut_4 as decimal(24, 4)) then 1 else 0 end
            + case when monetary >= cast($monetary_cut_5 as decimal(24, 4)) then 1 else 0 end
            + case when monetary >= cast($monetary_cut_6 as decimal(24, 4)) then 1 else 0 end
            + case when monetary >= cast($monetary_cut_7 as decimal(24, 4)) then 1 else 0 end
            + case when monetary >= cast($monetary_cut_8 as decimal(24, 4)) then 1 else 0 end as m_passed
        from customer_orders
    ) as passed
),
-- The second axis is scored against the other customers under every method.
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
