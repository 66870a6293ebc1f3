-- median_gaps: empty, where the mean gap is the cycle and nobody asks for the median.
select
    cast(null as varchar(1)) as customer_id,
    cast(null as varchar(1)) as category,
    as_double(null) as median_gap_days
where 1 = 0
