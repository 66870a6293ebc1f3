-- recommend_views: products that a customer has looked at lately and not bought since.
with
last_views as (
    select customer_id, product_id, max(occurred_at) as viewed_at
    from events
    where product_id is not null
      and occurred_at > $viewed_after
      and (event is null or lower(trim(event)) in (/* the names of a view */))
    group by customer_id, product_id
)
select customers.customer_number, numbers.product_number
from last_views
inner join recommend_customers as customers on customers.customer_id = last_views.customer_id
inner join recommend_numbers as numbers on numbers.product_id = last_views.product_id
left join recommend_owned as owned
    on owned.customer_number = customers.customer_number
    and owned.product_number = numbers.product_number
where numbers.is_offered
  and (owned.bought_at is null or owned.bought_at < last_views.viewed_at)
