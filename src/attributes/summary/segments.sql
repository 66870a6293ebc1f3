-- segments: customers and share of the revenue of each segment, the largest first. Those behind the first $most come
-- as one, so that the result stays short however many there are.
with
sizes as (
    select
        segment,
        count(*) as customers,
        sum(/* revenue */) as revenue
    from attributes
    group by segment
),
-- Equal sizes go by name.
ranked as (
    select
        segment,
        customers,
        revenue,
        least(row_number() over (order by customers desc nulls last, segment asc nulls last), $most + 1) as place
    from sizes
),
-- What all segments brought.
total as (
    select sum(revenue) as revenue
    from sizes
)
select
    case when count(*) = 1 then min(ranked.segment) end as segment,
    count(*) as segments,
    cast(sum(ranked.customers) as bigint) as customers,
    -- no share of nothing, and none of a loss
    case
        when min(total.revenue) > 0 then as_double(sum(ranked.revenue)) / as_double(min(total.revenue))
    end as revenue_share
from ranked
cross join total
group by ranked.place
order by ranked.place asc nulls last
