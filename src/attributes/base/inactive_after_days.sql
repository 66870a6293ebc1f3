-- inactive_limits: after how many days of silence a customer counts as gone: the same for everybody.
select customer_id, $inactive_days as limit_days
from population
