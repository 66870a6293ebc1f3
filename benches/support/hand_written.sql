-- The columns of rfm (five bins, classic segments), cycle and promo as an analyst would write them for DuckDB alone:
-- one query over the files, without input checks, and with windows over all customers for every rank.
CREATE OR REPLACE TABLE hand_written AS
WITH
kept AS (
    SELECT
        customer_id, ordered_at, net_amount, discount_amount, net_amount >= 0 AS counted,
        net_amount >= 0 AND discount_amount > 0
            AND discount_amount * 1000000 >= 50000 * (net_amount + discount_amount) AS discounted
    FROM read_parquet('{folder}/orders.parquet')
    WHERE ordered_at <= {as_of}
      AND (net_amount < 0 OR status IS NULL OR lower(status) NOT IN ('cancelled', 'refunded', 'void'))
),
customer AS (
    SELECT
        customer_id,
        min(ordered_at) FILTER (counted) AS first_order_at,
        max(ordered_at) FILTER (counted) AS last_order_at,
        count(*) FILTER (counted) AS frequency,
        sum(net_amount) AS monetary,
        count(*) FILTER (discounted) AS discounted_orders,
        sum(net_amount) FILTER (counted) AS counted_net,
        coalesce(sum(discount_amount) FILTER (counted), 0) AS counted_discount,
        coalesce(sum(net_amount) FILTER (discounted), 0) AS discounted_net
    FROM kept
    GROUP BY customer_id
    HAVING count(*) FILTER (counted) > 0
),
scored AS (
    SELECT
        *,
        date_diff('microsecond', last_order_at, {as_of}) // 86400000000 AS recency_days,
        1 + 5 * (rank() OVER (ORDER BY last_order_at) - 1) // count(*) OVER () AS r_score,
        1 + 5 * (rank() OVER (ORDER BY frequency) - 1) // count(*) OVER () AS f_score,
        1 + 5 * (rank() OVER (ORDER BY monetary) - 1) // count(*) OVER () AS m_score
    FROM customer
),
valued AS (
    SELECT
        *,
        (f_score + m_score + 1) // 2 AS fm_score,
        1 + 5 * (rank() OVER (ORDER BY f_score * m_score) - 1) // count(*) OVER () AS fxm_score,
        CAST(monetary * frequency AS DOUBLE) / greatest(recency_days, 1) AS rfm_value
    FROM scored
),
rfm AS (
    SELECT
        customer_id, first_order_at, last_order_at, recency_days, frequency, monetary, r_score, f_score, m_score,
        CAST(r_score * 100 + f_score * 10 + m_score AS VARCHAR) AS rfm_cell,
        fm_score, fxm_score, rfm_value,
        round(5.0 * (rank() OVER (ORDER BY rfm_value) - 1) / greatest(count(*) OVER () - 1, 1), 2) AS rfm_index,
        CASE
            WHEN r_score >= 4 AND fm_score >= 4 THEN 'Champions'
            WHEN r_score <= 1 AND fm_score >= 4 THEN 'Can''t Lose Them'
            WHEN r_score <= 1 AND fm_score <= 1 THEN 'Lost'
            WHEN r_score >= 4 AND fm_score <= 1 THEN 'Recent Customers'
            WHEN r_score BETWEEN 3 AND 4 AND fm_score <= 1 THEN 'Promising'
            WHEN r_score BETWEEN 2 AND 3 AND fm_score BETWEEN 2 AND 3 THEN 'Customers Needing Attention'
            WHEN r_score BETWEEN 2 AND 3 AND fm_score <= 2 THEN 'About To Sleep'
            WHEN r_score <= 2 AND fm_score <= 2 THEN 'Hibernating'
            WHEN r_score <= 2 AND fm_score >= 2 THEN 'At Risk'
            WHEN r_score >= 2 AND fm_score >= 3 THEN 'Loyal Customers'
            WHEN r_score >= 3 AND fm_score <= 3 THEN 'Potential Loyalist'
            ELSE 'Other'
        END AS segment
    FROM valued
),
days AS (
    SELECT customer_id, CAST(ordered_at AS DATE) AS day, max(ordered_at) AS last_at FROM kept WHERE counted GROUP BY ALL
),
gaps AS (
    SELECT customer_id, day, last_at, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap FROM days
),
cycle AS (
    SELECT
        customer_id,
        count(*) AS purchase_days,
        CASE WHEN count(*) >= 3 THEN (max(day) - min(day)) / (count(*) - 1) END AS cycle_days,
        CASE WHEN count(*) >= 3 THEN 'own' ELSE 'none' END AS cycle_source,
        CASE WHEN count(*) >= 3 THEN stddev_samp(gap) END AS cycle_stddev_days,
        max(day) AS last_day,
        date_diff('microsecond', max(last_at), {as_of}) // 86400000000 AS silent_days
    FROM gaps
    GROUP BY customer_id
),
lateness AS (
    SELECT
        *,
        silent_days / cycle_days AS lateness_ratio,
        silent_days - cycle_days AS lateness_days,
        (silent_days - cycle_days) / greatest(cycle_stddev_days, 1) AS lateness_z,
        last_day + CAST(floor(cycle_days + 0.5) AS INTEGER) AS expected_next_order_on
    FROM cycle
),
shares AS (
    SELECT
        customer_id, frequency AS orders, discounted_orders,
        discounted_orders / frequency AS promo_order_share,
        CASE WHEN counted_net > 0 THEN CAST(discounted_net AS DOUBLE) / CAST(counted_net AS DOUBLE) ELSE 0 END
            AS promo_value_share,
        CASE WHEN counted_net + counted_discount > 0
            THEN CAST(counted_discount AS DOUBLE) / CAST(counted_net + counted_discount AS DOUBLE) ELSE 0 END AS promo_depth,
        CASE WHEN frequency >= 4 THEN round(100 * (0.5 * promo_order_share + 0.5 * promo_value_share), 10) END AS score
    FROM customer
),
promo AS (
    SELECT
        * EXCLUDE (score),
        CAST(floor(score + 0.5) AS BIGINT) AS promo_score,
        CASE WHEN score IS NOT NULL THEN 1 + 10 * (rank() OVER (ORDER BY score NULLS LAST) - 1) // count(score) OVER () END
            AS promo_decile,
        CASE WHEN score IS NULL THEN 'unknown' WHEN floor(score + 0.5) >= 60 THEN 'promophile'
            WHEN floor(score + 0.5) <= 20 THEN 'full_price' ELSE 'mixed' END AS promo_class
    FROM shares
)
SELECT
    c.*,
    r.* EXCLUDE (customer_id, frequency, segment), coalesce(r.frequency, 0) AS frequency,
    coalesce(r.segment, 'Other') AS segment,
    coalesce(l.purchase_days, 0) AS purchase_days, l.cycle_days, l.cycle_source, l.cycle_stddev_days, l.lateness_ratio,
    l.lateness_days, l.lateness_z,
    CASE
        WHEN l.customer_id IS NULL THEN NULL
        WHEN l.lateness_ratio IS NULL THEN 'unknown'
        WHEN l.lateness_ratio < 0.75 THEN 'recent'
        WHEN l.lateness_ratio < 1 THEN 'soon'
        WHEN l.lateness_ratio < 2 THEN 'late'
        WHEN l.lateness_ratio < 3 THEN 'very_late'
        ELSE 'inactive'
    END AS cycle_status,
    l.expected_next_order_on,
    coalesce(p.orders, 0) AS orders, coalesce(p.discounted_orders, 0) AS discounted_orders, p.promo_order_share,
    p.promo_value_share, p.promo_depth, p.promo_score, p.promo_decile, p.promo_class
FROM read_parquet('{folder}/customers.parquet') AS c
LEFT JOIN rfm AS r ON r.customer_id = c.customer_id
LEFT JOIN lateness AS l ON l.customer_id = c.customer_id
LEFT JOIN promo AS p ON p.customer_id = c.customer_id
