-- The value of field {n} whose share moves most between the destination and the snapshot: its share before and now, in
-- per cent, and the value itself where so many records share it that it tells nothing about anybody. No row where the
-- field has too many values to have a distribution.
WITH
before AS (
    SELECT v{n} AS value, count(*) AS records, 100.0 * count(*) / sum(count(*)) OVER () AS share
    FROM {confirmed} WHERE present AND k{n} GROUP BY v{n}
),
now AS (
    SELECT v{n} AS value, count(*) AS records, 100.0 * count(*) / sum(count(*)) OVER () AS share
    FROM snapshot GROUP BY v{n}
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
