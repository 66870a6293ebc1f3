-- Orders, where an export has only their lines: amounts summed by order, at the earliest line's time.
SELECT
    order_id,
    min(customer_id) AS customer_id,
    min(ordered_at) AS ordered_at,
    CAST(sum(net_amount) AS DECIMAL(18,4)) AS net_amount,
    CAST(sum(discount_amount) AS DECIMAL(18,4)) AS discount_amount,
    min(status) AS status,
    -- an order belongs to one customer; where its lines disagree, nobody knows whose it is
    min(customer_id) <> max(customer_id) AS several_customers
FROM order_lines
GROUP BY order_id
