-- Moves the history to what is staged.

-- under other rules nobody's stay goes on
DELETE FROM customer_segments
WHERE (SELECT max(rules) FROM segment_state) IS DISTINCT FROM (SELECT max(rules) FROM staged_segments_run);

MERGE INTO customer_segments AS h
USING (
    -- who is gone was there when the history moved last
    SELECT s.*, (SELECT max(CAST(as_of AS DATE)) FROM segment_state) AS seen FROM staged_segments AS s
) AS s
ON h.customer_id = s.customer_id
WHEN MATCHED AND s.segment IS NULL THEN UPDATE SET last_seen = s.seen
WHEN MATCHED THEN UPDATE SET
    segment = s.segment, entered_on = s.entered_on, previous_segment = s.previous_segment, last_seen = NULL
WHEN NOT MATCHED AND s.segment IS NOT NULL THEN
    INSERT VALUES (s.customer_id, s.segment, s.entered_on, s.previous_segment, NULL);

-- who has been gone for a year is forgotten
DELETE FROM customer_segments WHERE last_seen < (SELECT max(CAST(as_of AS DATE)) - 365 FROM staged_segments_run);

DELETE FROM segment_state;
INSERT INTO segment_state SELECT as_of, rules FROM staged_segments_run;
