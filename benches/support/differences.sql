-- How many customers have other values in `attributes` than the hand-written query gave them, by column. Sums and
-- quotients of doubles are as precise as doubles are: they count as different beyond the last of their 15 digits.
WITH
both_of_them AS (
    SELECT a, h
    FROM attributes AS a
    FULL OUTER JOIN read_parquet('{folder}/hand_written.parquet') AS h ON h.customer_id = a.customer_id
),
differing AS (
    SELECT CASE
        WHEN a.customer_id IS NULL OR h.customer_id IS NULL THEN 'customer_id'
        WHEN row(a.segment, a.rfm_cell, a.fxm_score) IS DISTINCT FROM row(h.segment, h.rfm_cell, h.fxm_score) THEN 'scores'
        WHEN row(a.recency_days, a.frequency, a.monetary, a.first_order_at, a.email)
            IS DISTINCT FROM row(h.recency_days, h.frequency, h.monetary, h.first_order_at, h.email) THEN 'rfm'
        WHEN row(a.purchase_days, a.cycle_source, a.cycle_status, a.expected_next_order_on)
            IS DISTINCT FROM row(h.purchase_days, h.cycle_source, h.cycle_status, h.expected_next_order_on) THEN 'cycle'
        WHEN row(a.orders, a.discounted_orders, a.promo_score, a.promo_class)
            IS DISTINCT FROM row(h.orders, h.discounted_orders, h.promo_score, h.promo_class) THEN 'promo'
        WHEN abs(a.cycle_days - h.cycle_days) > 1e-9 THEN 'cycle_days'
        WHEN abs(a.cycle_stddev_days - h.cycle_stddev_days) > 1e-6 THEN 'cycle_stddev_days'
        WHEN abs(a.rfm_value - h.rfm_value) > 1e-6 + 1e-15 * abs(h.rfm_value) THEN 'rfm_value'
        WHEN abs(a.promo_depth - h.promo_depth) > 1e-9 THEN 'promo_depth'
        -- ranks of doubles may fall to either side of a rounding
        WHEN abs(a.rfm_index - h.rfm_index) > 0.011 THEN 'rfm_index'
        WHEN abs(a.promo_decile - h.promo_decile) > 1 THEN 'promo_decile'
    END AS what
    FROM both_of_them
)
SELECT coalesce(string_agg(customers || ' by ' || what, ', ' ORDER BY what), '')
FROM (SELECT what, count(*) AS customers FROM differing WHERE what IS NOT NULL GROUP BY what)
