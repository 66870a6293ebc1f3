-- recommend_owned: the purchases of everyone who gets recommendations, by number.
select customers.customer_number, numbers.product_number, purchases.bought_at
from recommend_purchases as purchases
inner join recommend_customers as customers on customers.customer_id = purchases.customer_id
inner join recommend_numbers as numbers on numbers.product_id = purchases.product_id
