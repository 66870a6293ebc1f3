-- purchases: every counted order, as one purchase of the category '' (all categories together).
select customer_id, '' as category, ordered_at
from orders
where net_amount >= 0
  and (status is null or lower(status) not in ($excluded_statuses))
