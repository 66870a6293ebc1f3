-- recommend_chosen: the products to recommend to each customer, in order, and what speaks for them.
with
-- Products that may be recommended to a customer for a reason. Owned ones are left out, unless they can be bought again.
similar_products as (
    select scores.customer_id, scores.product_id, scores.score
    from recommend_scores as scores
    left join recommend_purchases as purchases
        on purchases.customer_id = scores.customer_id
        and purchases.product_id = scores.product_id
    where scores.score > 0
      and ($repurchasable or purchases.customer_id is null)
),
viewed_products as (
    select views.customer_id, views.product_id
    from recommend_views as views
    left join recommend_purchases as purchases
        on purchases.customer_id = views.customer_id
        and purchases.product_id = views.product_id
    where $repurchasable or purchases.customer_id is null
),
-- What was looked at gains a share of the customer's largest score; where there is none, of 1.
top_scores as (
    select similar_products.customer_id, max(similar_products.score) as top_score
    from similar_products
    inner join (select distinct customer_id from viewed_products) as viewers
        on viewers.customer_id = similar_products.customer_id
    group by similar_products.customer_id
),
boosts as (
    select
        viewed_products.customer_id,
        viewed_products.product_id,
        round_half_up($view_boost * coalesce(top_scores.top_score, 1000000000)) as boost
    from viewed_products
    left join top_scores on top_scores.customer_id = viewed_products.customer_id
),
-- Few products are viewed, and many are similar: those are joined on, and what is left of them put below.
scored as (
    select
        similar_products.customer_id,
        similar_products.product_id,
        similar_products.score + coalesce(boosts.boost, 0) as score,
        coalesce(boosts.boost, 0) as boost
    from similar_products
    left join boosts
        on boosts.customer_id = similar_products.customer_id
        and boosts.product_id = similar_products.product_id
    union all
    select boosts.customer_id, boosts.product_id, boosts.boost as score, boosts.boost
    from boosts
    left join similar_products
        on similar_products.customer_id = boosts.customer_id
        and similar_products.product_id = boosts.product_id
    where similar_products.customer_id is null
),
ranked as (
    select
        customer_id,
        product_id,
        case when boost > 0 then 'viewed' else 'similar' end as source,
        row_number() over (
            partition by customer_id order by score desc nulls last, product_id asc nulls last
        ) as position
    from scored
),
best_products as (
    select customer_id, product_id, source, position
    from ranked
    where position <= $top
),
-- Customers for whom nothing speaks get the best sellers; as many more are looked at as they own of them.
silent_customers as (
    select population.customer_id
    from population
    left join (select customer_id from best_products where position = 1) as known on known.customer_id = population.customer_id
    where known.customer_id is null
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
select customer_id, product_id, source, position
from best_products
union all
select customer_id, product_id, 'popular' as source, position
from popular_products
where position <= $top
