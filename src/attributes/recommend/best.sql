-- recommend_best: the products that something speaks for, in order, and what it is: of the customers of one batch.
with
owned as (
    select customer_number, product_number
    from recommend_owned
    where customer_number between $first_number and $last_number
),
-- How strongly what a customer bought speaks for a product: similarities, halved with every half-life since the
-- purchase, added up in billionths.
scores as (
    select
        seeds.customer_number,
        neighbours.neighbour_number as product_number,
        cast(sum(round_half_up(neighbours.similarity * seeds.weight)) as bigint) as score
    from recommend_seeds as seeds
    inner join recommend_neighbours as neighbours on neighbours.product_number = seeds.product_number
    where seeds.customer_number between $first_number and $last_number
    group by seeds.customer_number, neighbours.neighbour_number
),
-- Owned products are left out, unless they can be bought again.
similar_products as (
    select scores.customer_number, scores.product_number, scores.score
    from scores
    left join owned
        on owned.customer_number = scores.customer_number
        and owned.product_number = scores.product_number
    where scores.score > 0
      and ($repurchasable or owned.customer_number is null)
),
viewed_products as (
    select views.customer_number, views.product_number
    from recommend_views as views
    left join owned
        on owned.customer_number = views.customer_number
        and owned.product_number = views.product_number
    where views.customer_number between $first_number and $last_number
      and ($repurchasable or owned.customer_number is null)
),
-- What was looked at gains a share of the customer's largest score; where there is none, of 1.
top_scores as (
    select similar_products.customer_number, max(similar_products.score) as top_score
    from similar_products
    inner join (select distinct customer_number from viewed_products) as viewers
        on viewers.customer_number = similar_products.customer_number
    group by similar_products.customer_number
),
boosts as (
    select
        viewed_products.customer_number,
        viewed_products.product_number,
        round_half_up($view_boost * coalesce(top_scores.top_score, 1000000000)) as boost
    from viewed_products
    left join top_scores on top_scores.customer_number = viewed_products.customer_number
),
-- Few products are viewed, and many are similar: those are joined on, and what is left of them put below.
scored as (
    select
        similar_products.customer_number,
        similar_products.product_number,
        similar_products.score + coalesce(boosts.boost, 0) as score,
        coalesce(boosts.boost, 0) as boost
    from similar_products
    left join boosts
        on boosts.customer_number = similar_products.customer_number
        and boosts.product_number = similar_products.product_number
    union all
    select boosts.customer_number, boosts.product_number, boosts.boost as score, boosts.boost
    from boosts
    left join similar_products
        on similar_products.customer_number = boosts.customer_number
        and similar_products.product_number = boosts.product_number
    where similar_products.customer_number is null
),
-- Numbers are in the order of the ids, so that ties go by the id.
ranked as (
    select
        customer_number,
        product_number,
        case when boost > 0 then 'viewed' else 'similar' end as source,
        row_number() over (
            partition by customer_number order by score desc nulls last, product_number asc nulls last
        ) as position
    from scored
)
select customer_number, product_number, source, position
from ranked
where position <= $top
