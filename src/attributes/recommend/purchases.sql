-- recommend_purchases: each product that a customer has bought, at the last time. A line that was taken back (net < 0)
-- is no purchase.
select
    orders.customer_id,
    order_lines.product_id,
    max(orders.ordered_at) as bought_at
from order_lines
inner join orders on orders.order_id = order_lines.order_id
where coalesce(order_lines.net_amount, 0) >= 0
  and orders.net_amount >= 0
  and (orders.status is null or lower(orders.status) not in ($excluded_statuses))
group by orders.customer_id, order_lines.product_id
