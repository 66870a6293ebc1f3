-- The histories that the model is fitted to, each with how many customers share it. Of very many customers a part is
-- taken, by the digits of their hashed ids: the same customers at every run.
select
    cast(repeats as bigint),
    cast(span_days as bigint),
    cast(age_days as bigint),
    count(*)
from churn_histories
where $all_customers or substr(md5(customer_id), 1, 4) < $hash_below
group by repeats, span_days, age_days
