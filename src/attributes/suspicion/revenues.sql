-- revenues: how many customers paid anything, and the part of it that one customer has at most, where no pack sums up
-- revenue. Who got back more than was paid adds nothing.
with
revenues as (
    select sum(net_amount) as revenue
    from orders
    group by customer_id
)
select
    count(*) as paying,
    as_double(max(revenue)) / as_double(sum(revenue)) as share
from revenues
where revenue > 0
