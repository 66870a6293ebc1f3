-- How many customers have other values in `attributes` than the hand-written query gave them.
SELECT count(*)
FROM attributes AS a
FULL OUTER JOIN read_parquet('{folder}/hand_written.parquet') AS h ON h.customer_id = a.customer_id
WHERE a.customer_id IS NULL OR h.customer_id IS NULL
   OR row(a.segment, a.rfm_cell, a.fxm_score, a.recency_days, a.frequency, a.monetary, a.first_order_at, a.email)
      IS DISTINCT FROM
      row(h.segment, h.rfm_cell, h.fxm_score, h.recency_days, h.frequency, h.monetary, h.first_order_at, h.email)
   OR row(a.purchase_days, a.cycle_source, a.cycle_status, a.expected_next_order_on, a.orders, a.discounted_orders,
          a.promo_score, a.promo_class)
      IS DISTINCT FROM
      row(h.purchase_days, h.cycle_source, h.cycle_status, h.expected_next_order_on, h.orders, h.discounted_orders,
          h.promo_score, h.promo_class)
   OR abs(a.cycle_days - h.cycle_days) > 1e-9 OR abs(a.cycle_stddev_days - h.cycle_stddev_days) > 1e-6
   OR abs(a.rfm_value - h.rfm_value) > 1e-6 OR abs(a.promo_depth - h.promo_depth) > 1e-9
   -- ranks of doubles may fall to either side of a rounding
   OR abs(a.rfm_index - h.rfm_index) > 0.011 OR abs(a.promo_decile - h.promo_decile) > 1
