-- population: everyone who gets a row, which is every customer of the customers export.
select customer_id
from customers
