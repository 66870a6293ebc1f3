-- recommend_views: empty, where no events export tells what customers look at.
select cast(null as integer) as customer_number, cast(null as integer) as product_number
where 1 = 0
