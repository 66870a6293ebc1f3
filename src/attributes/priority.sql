-- priority: who to turn to first within each segment.
with
valued as (
    select
        rfm.customer_id,
        segments.segment,
        cast(rfm.monetary * rfm.frequency as decimal(38, 4)) as priority_score
    from attributes_rfm as rfm
    inner join attributes_segment as segments on segments.customer_id = rfm.customer_id
)
select
    customer_id,
    priority_score,
    row_number() over (
        partition by segment order by priority_score desc nulls last, customer_id asc nulls last
    ) as priority_rank
from valued
