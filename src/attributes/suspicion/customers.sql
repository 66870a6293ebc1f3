-- customers: whether all customers are in one segment, how many can be reached, how many have revenue, and the part of
-- it that one customer has at most. Who got back more than was paid adds nothing.
select
    count(*) as customers,
    min(/* segment */) as first_segment,
    max(/* segment */) as last_segment,
    count(/* best_channel */) as reachable,
    cast(sum(case when /* revenue */ > 0 then 1 else 0 end) as bigint) as paying,
    as_double(max(/* revenue */)) / as_double(sum(case when /* revenue */ > 0 then /* revenue */ end)) as share
from attributes
