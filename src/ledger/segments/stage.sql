-- What the run changes in the history: the customers who entered a segment, and those who are gone (segment is NULL).
CREATE TABLE staged_segments AS
WITH
-- who entered a segment: new, moved, or come back; under other rules, everybody
entered AS (
    SELECT a.customer_id, a.segment, a.segment_entered_on AS entered_on, a.previous_segment
    FROM attributes AS a
    LEFT JOIN customer_segments AS h ON h.customer_id = a.customer_id
    WHERE h.last_seen IS NOT NULL OR h.segment IS DISTINCT FROM a.segment
        OR (SELECT max(rules) FROM segment_state) IS DISTINCT FROM (SELECT max(rules) FROM staged_segments_run)
),
gone AS (
    SELECT h.customer_id, NULL, NULL, NULL
    FROM customer_segments AS h
    WHERE h.last_seen IS NULL AND NOT EXISTS (SELECT 1 FROM attributes AS a WHERE a.customer_id = h.customer_id)
)
SELECT * FROM entered UNION ALL SELECT * FROM gone
