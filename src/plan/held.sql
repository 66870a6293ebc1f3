-- A change is held where the same values were refused before and their pause is not over. Asked only where there are
-- refusals of the sync.
SELECT
    d.*,
    coalesce(x.fingerprint = CASE WHEN x.key IS NOT NULL THEN {fingerprint} END, false) AS is_held
FROM routed AS d
LEFT JOIN (
    SELECT key, field, fingerprint FROM rejected
    WHERE sync_id = {sync_id}
        AND NOT coalesce(retry_at <= {started_at}, false)
) AS x USING (key)
WHERE d.route IS NOT NULL
