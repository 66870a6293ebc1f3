-- The staged plan of a sync: the snapshot against what the destination has confirmed, field by field.
CREATE OR REPLACE TABLE {staged} AS
WITH
-- both sides by key; c<n> says whether field n differs, or for a key that left, whether it has to be emptied
compared AS (
    SELECT
        coalesce(s.key, l.key) AS key,
        s.key IS NOT NULL AS wanted,
        -- 0 where nobody can tell whether the record was ever made, or still is there
        coalesce(l.first_run > 0, false) AS confirmed_before,
        coalesce(l.present, false) AS present,
        -- a value that was confirmed is another now; a field that is only being filled in is no such move, nor is one of a
        -- record that comes back
        s.key IS NOT NULL AND l.present IS DISTINCT FROM false AND {moved} AS moved,
        s.rank{compared_fields}
    FROM {wanted} AS s
    FULL OUTER JOIN {confirmed} AS l ON s.key = l.key
    -- a key that several customers share now did not leave; one that may be there has to
    WHERE
        s.key IS NOT NULL
        OR (l.present IS DISTINCT FROM false AND {not_shared})
),
-- what is worth a request: a difference in a field that triggers, a new key, a key that comes back to its lists, a
-- leave that changes something
judged AS (
    SELECT
        *,
        CASE
            WHEN wanted THEN NOT confirmed_before OR {triggered} OR (NOT present AND {has_lists})
            ELSE {leave_sends}
        END AS sends,
        CASE WHEN NOT wanted THEN 'left' WHEN present AND confirmed_before THEN 'changed' ELSE 'added' END AS kind,
        CASE WHEN wanted THEN 'upsert' ELSE '{leave_operation}' END AS operation
    FROM compared
),
-- fields that never cause a request by themselves go along with those that do
routed AS (
    SELECT
        key, rank, kind, operation, moved,
        CASE WHEN sends THEN 'send' WHEN NOT wanted OR NOT present THEN 'local' END AS route{routed_fields}
    FROM judged
),
-- what a vendor refused is held back until its values change, or its pause is over
held AS ({held})
SELECT
    -- requests first, upserts before removals, then in the order of the sync
    row_number() OVER (
        ORDER BY CASE WHEN route = 'send' AND NOT is_held THEN 0 ELSE 1 END, operation = 'upsert' DESC,
        {group_order}rank NULLS LAST, key
    ) AS seq,
    CASE WHEN is_held AND route = 'send' THEN 'held' ELSE route END AS route,
    kind, operation, key, moved,
    CAST({bytes} AS BIGINT) AS bytes{staged_fields}
FROM held
ORDER BY seq
