-- churn: each customer with what the model says about the customer's history. Where no model could be fitted there are
-- no forecasts, and customers have NULL.
select
    histories.customer_id,
    forecasts.p_alive,
    forecasts.expected_orders as expected_orders_90d
from churn_histories as histories
left join churn_forecasts as forecasts
    on forecasts.repeats = histories.repeats
    and forecasts.span_days = histories.span_days
    and forecasts.age_days = histories.age_days
