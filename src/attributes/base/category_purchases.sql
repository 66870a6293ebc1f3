-- purchases: every line of a counted order that has a category, at the time of its order. The category is the
-- line's own, else its product's. A line that was taken back (net < 0) is no purchase.
select
    orders.customer_id,
    coalesce(nullif(order_lines.category, ''), product_categories.category) as category,
    orders.ordered_at
from order_lines
inner join orders on orders.order_id = order_lines.order_id
left join product_categories on product_categories.product_id = order_lines.product_id
where coalesce(nullif(order_lines.category, ''), product_categories.category) is not null
  and coalesce(order_lines.net_amount, 0) >= 0
  and orders.net_amount >= 0
  and (orders.status is null or lower(orders.status) not in ($excluded_statuses))
