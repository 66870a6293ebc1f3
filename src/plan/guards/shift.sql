-- The value of field {n} whose share moves most at the destination with this plan: its share before and after, in per cent,
-- and the value itself where so many records share it that it tells nothing about anybody. No row where the field has too
-- many values to have a distribution. What is kept, tolerated, held or refused does not move.
WITH
there AS (
    SELECT v{n} AS value, count(*) AS records
    FROM {confirmed} WHERE present IS DISTINCT FROM false AND k{n} GROUP BY v{n}
),
-- what the plan takes away, and what it brings
moves AS (
    -- values that are written over, and those of who leaves
    SELECT l.v{n} AS value, -count(*) AS records
    FROM {staged} AS s JOIN {confirmed} AS l ON l.key = s.key
    WHERE l.present IS DISTINCT FROM false AND l.k{n} AND s.route <> 'held'
        AND (s.kind = 'left' OR (s.route = 'send' AND s.c{n}))
    GROUP BY l.v{n}
    UNION ALL
    SELECT s.v{n}, count(*)
    FROM {staged} AS s
    -- before a first run has gone through, nobody knows how those who are still missing would have shared
    WHERE s.route = 'send' AND s.kind <> 'left' AND s.c{n}
        AND ($counts_new OR s.key IN (SELECT key FROM {confirmed} WHERE present IS DISTINCT FROM false AND k{n}))
    GROUP BY s.v{n}
    UNION ALL
    -- who comes back brings along what stands there still
    SELECT l.v{n}, count(*)
    FROM {staged} AS s JOIN {confirmed} AS l ON l.key = s.key
    WHERE s.kind <> 'left' AND l.present = false AND l.k{n} AND s.route <> 'held'
        AND NOT (s.route = 'send' AND coalesce(s.c{n}, false))
    GROUP BY l.v{n}
),
before AS (
    SELECT value, records, 100.0 * records / sum(records) OVER () AS share FROM there
),
now AS (
    SELECT value, sum(records) AS records, 100.0 * sum(records) / sum(sum(records)) OVER () AS share
    FROM (SELECT * FROM there UNION ALL SELECT * FROM moves) GROUP BY value HAVING sum(records) > 0
)
SELECT
    CAST(coalesce(before.share, 0) AS DOUBLE),
    CAST(coalesce(now.share, 0) AS DOUBLE),
    CASE
        WHEN
            (before.records >= $fewest_records AND before.share >= $smallest_share)
            OR (now.records >= $fewest_records AND now.share >= $smallest_share)
            THEN coalesce(before.value, now.value)
    END,
    coalesce(before.value, now.value) IS NULL
FROM before FULL OUTER JOIN now ON before.value IS NOT DISTINCT FROM now.value
-- a field that was never delivered has not moved
WHERE (SELECT count(*) FROM before) BETWEEN 1 AND $most_values AND (SELECT count(*) FROM now) <= $most_values
ORDER BY abs(coalesce(before.share, 0) - coalesce(now.share, 0)) DESC, coalesce(before.value, now.value)
LIMIT 1
