-- product_categories: the category of each product that has one.
select product_id, category
from products
where category is not null and category <> ''
