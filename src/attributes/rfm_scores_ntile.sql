-- rfm_scores, where the sync file asks for ties = "ntile": groups of equal size, which equal values may fall
-- apart into. customer_id decides, so that a second run cuts in the same place.
with
scores as (
    select
        customer_id,
        ntile($bins) over (order by last_order_at asc nulls last, customer_id asc nulls last) as r_score,
        ntile($bins) over (order by counted_orders asc nulls last, customer_id asc nulls last) as f_score,
        ntile($bins) over (order by monetary asc nulls last, customer_id asc nulls last) as m_score
    from customer_orders
)
select
    customer_id,
    r_score,
    f_score,
    m_score,
    ntile($bins) over (order by f_score * m_score asc nulls last, customer_id asc nulls last) as fxm_score
from scores
