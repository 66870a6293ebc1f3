-- one row a run, with its figures summed over its syncs
CREATE OR REPLACE VIEW runs AS
SELECT
    r.run_id, r.command, r.sync_file, r.as_of, r.started_at, r.finished_at, r.outcome,
    sum(s.rows) AS rows, sum(s.added) AS added, sum(s.changed) AS changed, sum(s."left") AS "left",
    sum(s.confirmed) AS confirmed, sum(s.rejected) AS rejected, sum(s.pending) AS pending, sum(s.unknown) AS unknown,
    sum(s.requests) AS requests
FROM run_log AS r
LEFT JOIN run_syncs AS s USING (run_id)
GROUP BY ALL;

-- one row a refused record
CREATE OR REPLACE VIEW rejections AS
SELECT
    s.name AS sync, s.destination, r.key, r.code, r.message, r.field, r.hint, r.retryable, r.attempts, r.first_run,
    r.last_run, r.retry_at
FROM rejected AS r
JOIN syncs AS s USING (sync_id);

-- one row a customer: the segment, since when, and the one before; of who is gone, the last one
CREATE OR REPLACE VIEW segment_history AS
SELECT
    c.customer_id, c.segment, c.entered_on, c.previous_segment,
    coalesce(c.last_seen, CAST(s.as_of AS DATE)) AS last_seen,
    c.last_seen IS NULL AS present
FROM customer_segments AS c
CROSS JOIN segment_state AS s;
