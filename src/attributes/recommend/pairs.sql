-- recommend_pairs: how many customers two products share, where enough do; each pair once.
with
-- Products with fewer customers cannot share that many.
numbered as (
    select histories.customer_id, numbers.product_number
    from recommend_histories as histories
    inner join recommend_numbers as numbers on numbers.product_id = histories.product_id
    where numbers.buyers >= $min_support
)
select
    one.product_number as one_number,
    other.product_number as other_number,
    count(*) as shared
from numbered as one
inner join numbered as other
    on other.customer_id = one.customer_id
    and other.product_number > one.product_number
group by one.product_number, other.product_number
having count(*) >= $min_support
