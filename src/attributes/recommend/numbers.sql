-- recommend_numbers: products that enough customers share to be compared, each with a number: pairs of numbers are
-- counted in a fraction of the memory that pairs of ids take.
select
    product_id,
    count(*) as buyers,
    row_number() over (order by product_id asc nulls last) as product_number
from recommend_histories
group by product_id
having count(*) >= $min_support
