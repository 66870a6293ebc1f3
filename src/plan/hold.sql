-- The candidates of field {n}: values that differ from the confirmed one, and how many runs in a row said so.
INSERT INTO staged_held_values
WITH
-- New records, records that come back, and values that nobody can tell are sent at once: they are no candidates. That
-- nobody can tell who is on a list (present is NULL) says nothing about values.
contradicted AS (
    SELECT
        s.key,
        CAST(s.v{n} AS VARCHAR) AS value,
        coalesce({past_margin}, false) AS past_margin,
        c.value AS before, c.runs, c.as_of,
        c.key IS NOT NULL AND NOT ({another}) AS same
    FROM snapshot AS s
    JOIN {confirmed} AS l ON s.key = l.key
    LEFT JOIN (
        SELECT key, value, runs, as_of, TRY_CAST(value AS {sql_type}) AS candidate
        FROM held_values WHERE sync_id = {sync_id} AND column_no = {n}
    ) AS c ON s.key = c.key
    WHERE NOT s.conflict AND l.present IS DISTINCT FROM false AND l.first_run > 0 AND l.k{n} AND {differs}
),
-- The same as_of again counts once, and an earlier one tells nothing.
counted AS (
    SELECT
        d.key, d.past_margin, d.same,
        -- what was said first, so that a value that drifts within its tolerance does not drag its candidate along
        CASE WHEN d.same OR $as_of < d.as_of THEN d.before ELSE d.value END AS value,
        CASE
            WHEN $as_of < d.as_of THEN d.runs
            WHEN d.same THEN d.runs + CASE WHEN $as_of > d.as_of THEN 1 ELSE 0 END
            ELSE 1
        END AS runs,
        -- NULL where there was no candidate
        greatest(coalesce(d.as_of, $as_of), $as_of) AS as_of,
        coalesce($as_of < d.as_of, false) AS is_earlier
    FROM contradicted AS d
)
SELECT
    {sync_id}, {n}, key, value, runs, as_of,
    past_margin OR (runs >= $wanted_runs AND (same OR NOT is_earlier)) AS released
FROM counted
