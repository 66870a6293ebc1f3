-- recommend_views: empty, where no events export tells what customers look at.
select cast(null as varchar(1)) as customer_id, cast(null as varchar(1)) as product_id
where 1 = 0
