-- A shop's exports, the same at every run: {customers} customers and {orders} orders of three years. Some customers buy
-- often and most rarely, a third of orders has a discount, a hundredth is a refund, a fiftieth was cancelled.
COPY (
    SELECT
        'C' || lpad(CAST(i AS VARCHAR), 9, '0') AS customer_id,
        'buyer' || i || '@example.com' AS email,
        i % 10 <> 0 AS email_opt_in,
        CASE WHEN i % 3 = 0 THEN '+33' || lpad(CAST(600000000 + i AS VARCHAR), 9, '0') END AS phone
    FROM range({customers}) AS t(i)
) TO '{folder}/customers.parquet' (FORMAT parquet, ROW_GROUP_SIZE 122880);

COPY (
    SELECT
        i AS order_id,
        'C' || lpad(CAST(CAST(floor({customers} * u * sqrt(u)) AS BIGINT) AS VARCHAR), 9, '0') AS customer_id,
        TIMESTAMP '2023-01-01' + to_seconds(hash(i, 2) % 94608000) AS ordered_at,
        CAST(CASE WHEN i % 100 = 0 THEN -1 ELSE 1 END * (5 + (hash(i, 3) % 50000) / 100.0) AS DECIMAL(12,2)) AS net_amount,
        CAST(CASE WHEN hash(i, 4) % 3 = 0 THEN (hash(i, 5) % 8000) / 100.0 ELSE 0 END AS DECIMAL(12,2)) AS discount_amount,
        CASE WHEN i % 50 = 7 THEN 'cancelled' ELSE 'completed' END AS status
    FROM (SELECT i, (hash(i, 1) % 1000000007) / 1000000007.0::DOUBLE AS u FROM range({orders}) AS t(i))
) TO '{folder}/orders.parquet' (FORMAT parquet, ROW_GROUP_SIZE 122880)
