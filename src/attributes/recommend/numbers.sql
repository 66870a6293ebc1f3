-- recommend_numbers: every product, with a number in the order of the ids, how many customers it was bought by as far as
-- similarity is learnt from them, and whether it may be recommended.
with
known as (
    select product_id from products
    union
    select product_id from recommend_purchases
),
buyer_counts as (
    select product_id, count(*) as buyers
    from recommend_histories
    group by product_id
)
select
    known.product_id,
    cast(row_number() over (order by known.product_id asc nulls last) as integer) as product_number,
    coalesce(buyer_counts.buyers, 0) as buyers,
    products.product_id is not null and coalesce(products.active, true) as is_offered
from known
left join buyer_counts on buyer_counts.product_id = known.product_id
left join products on products.product_id = known.product_id
