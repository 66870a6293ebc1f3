-- customers: whether all customers are in one segment, and how many can be reached.
select
    count(*) as customers,
    min(/* segment */) as first_segment,
    max(/* segment */) as last_segment,
    count(/* best_channel */) as reachable
from attributes
