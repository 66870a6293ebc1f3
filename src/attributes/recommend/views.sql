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
select last_views.customer_id, last_views.product_id
from last_views
inner join products on products.product_id = last_views.product_id
left join recommend_purchases as purchases
    on purchases.customer_id = last_views.customer_id
    and purchases.product_id = last_views.product_id
where coalesce(products.active, true)
  and (purchases.bought_at is null or purchases.bought_at < last_views.viewed_at)
