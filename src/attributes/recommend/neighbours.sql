-- recommend_neighbours: the most similar products of each product, of those that may be recommended. The similarity is
-- the cosine of the two sets of customers, in billionths: whole numbers add up the same in any order.
with
both_ways as (
    select one_number as product_number, other_number as neighbour_number, shared
    from recommend_pairs
    union all
    select other_number as product_number, one_number as neighbour_number, shared
    from recommend_pairs
),
similarities as (
    select
        both_ways.product_number,
        both_ways.neighbour_number,
        round_half_up(
            1000000000 * as_double(both_ways.shared) / sqrt(as_double(product.buyers) * as_double(neighbour.buyers))
        ) as similarity
    from both_ways
    inner join recommend_numbers as product on product.product_number = both_ways.product_number
    inner join recommend_numbers as neighbour on neighbour.product_number = both_ways.neighbour_number
    where neighbour.is_offered
),
-- Numbers are in the order of the ids, so that ties go by the id.
ranked as (
    select
        *,
        row_number() over (
            partition by product_number order by similarity desc nulls last, neighbour_number asc nulls last
        ) as position
    from similarities
)
select product_number, neighbour_number, similarity
from ranked
where position <= $neighbours
