-- recommend_scores: how strongly what a customer bought speaks for a product: the similarities of the products bought,
-- each halved with every half-life since the purchase, added up in billionths.
with
weighted as (
    select
        customer_id,
        product_id,
        power(as_double(2), - as_double(elapsed_days(bought_at, $as_of)) / $half_life_days) as weight
    from recommend_purchases
)
select
    weighted.customer_id,
    neighbours.neighbour_id as product_id,
    cast(sum(round_half_up(neighbours.similarity * weighted.weight)) as bigint) as score
from weighted
inner join recommend_neighbours as neighbours on neighbours.product_id = weighted.product_id
group by weighted.customer_id, neighbours.neighbour_id
