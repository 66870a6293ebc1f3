-- recommend_batches: customers to be scored together, from one number to another: as many as have so many candidates,
-- which is what bounds memory, however many customers there are.
with
neighbour_counts as (
    select product_number, count(*) as neighbours
    from recommend_neighbours
    group by product_number
),
candidate_counts as (
    select seeds.customer_number, sum(neighbour_counts.neighbours) as candidates
    from recommend_seeds as seeds
    inner join neighbour_counts on neighbour_counts.product_number = seeds.product_number
    group by seeds.customer_number
),
-- Customers without a candidate are among them: they may have looked at something.
running as (
    select
        customers.customer_number,
        cast(sum(coalesce(candidate_counts.candidates, 0)) over (
            order by customers.customer_number asc nulls last rows between unbounded preceding and current row
        ) as bigint) as candidates_so_far
    from recommend_customers as customers
    left join candidate_counts on candidate_counts.customer_number = customers.customer_number
)
select
    cast(min(customer_number) as bigint) as first_number,
    cast(max(customer_number) as bigint) as last_number
from running
group by whole_quotient(candidates_so_far, $batch_candidates)
