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
top_scores as (
    select customer_id, max(score) as top_score
    from similar_products
    group by customer_id
),
-- What was looked at gains a share of the customer's largest score; where there is none, of 1.
boosts as (
    select
        viewed_products.customer_id,
        viewed_products.product_id,
        round_half_up($view_boost * coalesce(top_scores.top_score, 1000000000)) as boost
    from viewed_products
    left join top_scores on top_scores.customer_id = viewed_products.customer_id
),
candidates as (
    select customer_id, product_id, score, 0 as boost
    from similar_products
    union all
    select customer_id, product_id, 0 as score, boost
    from boosts
),
scored as (
    select
        customer_id,
        product_id,
        sum(score) + sum(boost) as score,
        sum(boost) as boost
    from candidates
    group by customer_id, product_id
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
-- Customers for whom nothing speaks get the best sellers; as many more are looked at as they own of them.
silent_customers as (
    select population.customer_id
    from population
    left join (select distinct customer_id from scored) as known on known.customer_id = population.customer_id
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
from ranked
where position <= $top
union all
select customer_id, product_id, 'popular' as source, position
from popular_products
where position <= $top
