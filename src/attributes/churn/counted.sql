-- The histories that there are, each with how many customers share it.
select
    cast(repeats as bigint),
    cast(span_days as bigint),
    cast(age_days as bigint),
    count(*)
from churn_histories
group by repeats, span_days, age_days
order by repeats, span_days, age_days
