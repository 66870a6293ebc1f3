-- Enters the refusals of this plan into the list of rejections, or counts another attempt.
MERGE INTO rejected AS r
USING (
    SELECT
        s.key, x.code, x.message, x.field, x.hint, x.retryable,
        {fingerprint} AS fingerprint
    FROM {staged} AS s
    JOIN (
        -- where a change was refused twice, the last refusal counts
        SELECT * FROM exceptions WHERE sync_id = {sync_id} AND outcome = 'rejected'
        QUALIFY row_number() OVER (PARTITION BY seq ORDER BY receipt_no DESC) = 1
    ) AS x USING (seq)
) AS n
ON r.sync_id = {sync_id} AND r.key = n.key
WHEN MATCHED THEN UPDATE SET
    code = n.code, message = n.message, field = n.field, hint = n.hint, retryable = n.retryable,
    attempts = CASE WHEN r.fingerprint = n.fingerprint THEN r.attempts + 1 ELSE 1 END,
    last_run = {run_id}, fingerprint = n.fingerprint
WHEN NOT MATCHED THEN INSERT
    VALUES ({sync_id}, n.key, n.code, n.message, n.field, n.hint, n.retryable, 1, {run_id}, {run_id}, n.fingerprint)
