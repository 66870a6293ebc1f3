-- recommend_chosen: the products to recommend to each customer, in order, and what speaks for them.
with
-- Customers for whom nothing speaks get the best sellers; as many more are looked at as they own of them.
silent_customers as (
    select customers.customer_id
    from recommend_customers as customers
    left join (select customer_number from recommend_best where position = 1) as known
        on known.customer_number = customers.customer_number
    where known.customer_number is null
),
owned_sellers as (
    select silent_customers.customer_id, popular.product_id
    from silent_customers
    inner join recommend_purchases as purchases on purchases.customer_id = silent_customers.customer_id
    inner join recommend_popular as popular on popular.product_id = purchases.product_id
    where not $repurchasable
),
owned_counts as (
    select customer_id, count(*) as owned
    from owned_sellers
    group by customer_id
),
offered_sellers as (
    select silent_customers.customer_id, popular.product_id, popular.position
    from silent_customers
    left join owned_counts on owned_counts.customer_id = silent_customers.customer_id
    inner join recommend_popular as popular on popular.position <= $top + coalesce(owned_counts.owned, 0)
),
popular_products as (
    select
        offered.customer_id,
        offered.product_id,
        row_number() over (partition by offered.customer_id order by offered.position asc nulls last) as position
    from offered_sellers as offered
    left join owned_sellers as owned
        on owned.customer_id = offered.customer_id
        and owned.product_id = offered.product_id
    where owned.customer_id is null
)
select customers.customer_id, numbers.product_id, best.source, best.position
from recommend_best as best
inner join recommend_customers as customers on customers.customer_number = best.customer_number
inner join recommend_numbers as numbers on numbers.product_number = best.product_number
union all
select customer_id, product_id, 'popular' as source, position
from popular_products
where position <= $top
