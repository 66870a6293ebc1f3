-- product_categories: empty, where no products export tells a product's category.
select cast(null as varchar(1)) as product_id, cast(null as varchar(1)) as category
where 1 = 0
