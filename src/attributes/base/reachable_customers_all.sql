-- reachable_customers: everybody, where the exports have no addresses that would tell.
select customer_id
from population
