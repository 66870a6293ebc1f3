-- population: everyone who gets a row. Without a customers export these are the customers seen in orders.
select distinct customer_id
from orders
