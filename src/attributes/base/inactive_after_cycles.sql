-- inactive_limits: after how many days of silence a customer counts as gone: so many times the mean cycle of the
-- customer's segment. Cycles are summed as decimals, whose sum does not depend on the order of customers.
with
segment_cycles as (
    select
        segments.segment,
        sum(cast(cycles.cycle_days as decimal(18, 6))) as total_days,
        count(*) as customers
    from attributes_segment as segments
    inner join attributes_cycle as cycles on cycles.customer_id = segments.customer_id
    where cycles.cycle_days is not null
    group by segments.segment
)
select
    segments.customer_id,
    $inactive_cycles * as_double(segment_cycles.total_days) / as_double(segment_cycles.customers) as limit_days
from attributes_segment as segments
inner join segment_cycles on segment_cycles.segment = segments.segment
