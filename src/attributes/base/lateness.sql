-- lateness: one row for each customer and category: its cycle, and how late the customer is against it.
-- Reads `purchase_gaps` and `median_gaps`.
with
-- The cycle is held as cycle_total / cycle_count, so that lateness_ratio takes one single division: a customer who
-- is late by exactly three cycles then has the ratio 3, not 2.9999999999999996.
own_cycles as (
    select
        customer_id,
        category,
        last_purchase_at,
        purchase_days,
        elapsed_days(last_purchase_at, $as_of) as recency_days,
        case
            when purchase_days < $min_purchase_days then null
            when $use_median then median_gap_days
            else as_double(span_days)
        end as cycle_total,
        case when $use_median then 1 else purchase_days - 1 end as cycle_count,
        -- Sample standard deviation of n gaps g: the square root of (n * sum(g * g) - sum(g) * sum(g)) / (n * (n - 1)).
        case
            when purchase_days >= 3 then sqrt(
                as_double((purchase_days - 1) * squared_gaps - span_days * span_days)
                / as_double((purchase_days - 1) * (purchase_days - 2))
            )
        end as cycle_stddev_days
    from purchase_gaps
    left join median_gaps using (customer_id, category)
),
-- What is usual in a category, for customers without a cycle of their own; not asked for by default.
population_cycles as (
    select
        category,
        percentile_cont(0.5) within group (order by cycle_total / cycle_count) as cycle_days
    from own_cycles
    where $use_population and cycle_total is not null
    group by category
),
cycles as (
    select
        own.customer_id,
        own.category,
        own.last_purchase_at,
        own.purchase_days,
        own.recency_days,
        own.cycle_stddev_days,
        case when own.cycle_total is not null then own.cycle_total else everyone.cycle_days end as cycle_total,
        case when own.cycle_total is not null then own.cycle_count else 1 end as cycle_count,
        case
            when own.cycle_total is not null then 'own'
            when everyone.cycle_days is not null then 'population'
            else 'none'
        end as cycle_source
    from own_cycles as own
    left join population_cycles as everyone on everyone.category = own.category
),
measured as (
    select
        customer_id,
        category,
        last_purchase_at,
        purchase_days,
        recency_days,
        cycle_total / cycle_count as cycle_days,
        cycle_source,
        cycle_stddev_days,
        as_double(recency_days * cycle_count) / cycle_total as lateness_ratio,
        recency_days - cycle_total / cycle_count as lateness_days
    from cycles
)
select
    customer_id,
    category,
    purchase_days,
    recency_days,
    cycle_days,
    cycle_source,
    cycle_stddev_days,
    lateness_ratio,
    lateness_days,
    -- late by how many of the customer's usual deviations, of which none counts as less than a day
    lateness_days / case when cycle_stddev_days < 1 then 1 else cycle_stddev_days end as lateness_z,
    case
        when lateness_ratio is null then 'unknown'
        when lateness_ratio < $soon_from then 'recent'
        when lateness_ratio < $late_from then 'soon'
        when lateness_ratio < $very_late_from then 'late'
        when lateness_ratio < $inactive_from then 'very_late'
        else 'inactive'
    end as cycle_status,
    add_days(cast(last_purchase_at as date), round_half_up(cycle_days)) as expected_next_order_on
from measured
