-- The history as the attributes read it: who was there at the last run, where the rules are still the same.
CREATE OR REPLACE TEMP VIEW segments_before AS
SELECT customer_id, segment, entered_on, previous_segment
FROM customer_segments
WHERE last_seen IS NULL AND (SELECT max(rules) FROM segment_state) = {rules};

-- The time that the history was kept for last, whatever the rules were.
CREATE OR REPLACE TEMP VIEW segments_known AS SELECT as_of FROM segment_state;
