-- churn_histories: what the model knows of a customer, in whole days: on how many days the customer came back, how many
-- days lie between the first purchase and the last, and between the first and as_of. Reads `purchase_gaps`.
select
    customer_id,
    purchase_days - 1 as repeats,
    span_days,
    span_days + calendar_days(cast(last_purchase_at as date), cast($as_of as date)) as age_days
from purchase_gaps
