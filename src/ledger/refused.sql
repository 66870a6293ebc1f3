-- Enters the refusals of this plan into the list of rejections, or counts another attempt of the same values.
MERGE INTO rejected AS r
USING (
    WITH
    -- when the run that was refused began, which may be long after the plan was made, and how often values may be refused
    plan AS (
        SELECT coalesce(max(l.started_at), TIMESTAMP '1970-01-01') AS refused_at, max(p.max_attempts) AS max_attempts
        FROM plans AS p
        LEFT JOIN run_log AS l ON l.run_id = {run_id}
        WHERE p.sync_id = {sync_id}
    ),
    -- where a change was refused twice, the last refusal counts
    refusals AS (
        SELECT * FROM exceptions WHERE sync_id = {sync_id} AND outcome = 'rejected'
        QUALIFY row_number() OVER (PARTITION BY seq ORDER BY receipt_no DESC) = 1
    ),
    refused AS (
        SELECT s.key, x.code, x.message, x.field, x.hint, x.retryable, {fingerprint} AS fingerprint
        FROM {staged} AS s
        JOIN refusals AS x USING (seq)
    ),
    -- other values begin to count anew
    counted AS (
        SELECT n.*, 1 + CASE WHEN o.fingerprint = n.fingerprint THEN o.attempts ELSE 0 END AS attempts
        FROM refused AS n
        LEFT JOIN rejected AS o ON o.sync_id = {sync_id} AND o.key = n.key
    )
    SELECT
        c.*,
        CASE
            WHEN c.attempts >= p.max_attempts THEN NULL
            -- the vendor could not take it for the moment: the next run tries, then pauses grow to a day
            WHEN c.retryable AND c.attempts = 1 THEN p.refused_at
            WHEN c.retryable
                THEN p.refused_at + to_minutes(CAST(least(15 * 4 ** least(c.attempts - 2, 10), 1440) AS BIGINT))
            -- the values are at fault, or the set-up there, which somebody may mend: a day, two, four, … thirty
            ELSE p.refused_at + to_days(CAST(least(2 ** least(c.attempts - 1, 10), 30) AS INTEGER))
        END AS retry_at
    FROM counted AS c
    CROSS JOIN plan AS p
) AS n
ON r.sync_id = {sync_id} AND r.key = n.key
WHEN MATCHED THEN UPDATE SET
    code = n.code, message = n.message, field = n.field, hint = n.hint, retryable = n.retryable,
    attempts = n.attempts, last_run = {run_id}, fingerprint = n.fingerprint, retry_at = n.retry_at
WHEN NOT MATCHED THEN INSERT
    VALUES (
        {sync_id}, n.key, n.code, n.message, n.field, n.hint, n.retryable, n.attempts, {run_id}, {run_id}, n.fingerprint,
        n.retry_at
    )
