-- largest_customer: the part of the revenue that one customer has at most. Who got back more than was paid adds nothing.
select
    count(*) as customers,
    as_double(max(revenue)) / as_double(sum(revenue)) as share
from revenues
where revenue > 0
