-- recent_orders: the orders of the last window_days, for an rfm that looks no further back.
select *
from orders
where ordered_at > $orders_after
