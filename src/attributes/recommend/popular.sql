-- recommend_popular: the best sellers, by the number of customers who bought them lately. A thousand are enough for
-- whoever owns many of them.
with
sellers as (
    select purchases.product_id, count(*) as buyers
    from recommend_purchases as purchases
    inner join products on products.product_id = purchases.product_id
    where purchases.bought_at > $sold_after
      and coalesce(products.active, true)
    group by purchases.product_id
),
ranked as (
    select
        product_id,
        row_number() over (order by buyers desc nulls last, product_id asc nulls last) as position
    from sellers
)
select product_id, position
from ranked
where position <= 1000
