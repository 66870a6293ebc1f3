-- recommend_customers: everyone who gets recommendations, each with a number: customers and products are scored by
-- number, in a fraction of the memory and time that ids take.
select
    customer_id,
    cast(row_number() over (order by customer_id asc nulls last) as integer) as customer_number
from population
