-- recommend: one row for each customer, with what the catalogue knows about the products chosen.
with
described as (
    select
        chosen.customer_id,
        chosen.product_id,
        chosen.source,
        chosen.position,
        products.name,
        nullif(products.category, '') as category,
        products.image_url,
        products.url,
        products.description
    from recommend_chosen as chosen
    inner join products on products.product_id = chosen.product_id
),
-- A category is listed once, at its best product.
listed as (
    select
        *,
        row_number() over (partition by customer_id, category order by position asc nulls last) as position_in_category
    from described
)
select
    customer_id,
    ordered_list(product_id, position) as recommended_product_ids,
    ordered_list(case when position_in_category = 1 then category end, position) as recommended_categories,
    /* the columns of each product that has columns of its own */
    max(case when position = 1 then source end) as rec_source
from listed
group by customer_id
