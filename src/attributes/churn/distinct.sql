-- Every history that some customer has: what a forecast is made for.
select distinct
    cast(repeats as bigint),
    cast(span_days as bigint),
    cast(age_days as bigint)
from churn_histories
