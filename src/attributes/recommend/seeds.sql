-- recommend_seeds: the products that speak for others: of each customer the latest ones, so that nobody costs more than
-- their number times that of neighbours. What was bought a half-life ago speaks half as strongly.
with
positioned as (
    select
        customer_number,
        product_number,
        bought_at,
        row_number() over (
            partition by customer_number order by bought_at desc nulls last, product_number asc nulls last
        ) as position
    from recommend_owned
)
select
    customer_number,
    product_number,
    power(as_double(2), - as_double(elapsed_days(bought_at, $as_of)) / $half_life_days) as weight
from positioned
where position <= $seeds
