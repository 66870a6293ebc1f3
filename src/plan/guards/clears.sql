-- For each field: the confirmed values that the plan would empty, and all confirmed ones. Records that leave are judged by
-- another guard.
WITH
emptied AS (
    SELECT {emptied}
    FROM {staged} AS s JOIN {confirmed} AS l ON s.key = l.key
    WHERE s.route = 'send' AND s.kind <> 'left' AND l.present IS DISTINCT FROM false
),
all_confirmed AS (
    SELECT {confirmed_values}
    FROM {confirmed} AS l
    WHERE l.present IS DISTINCT FROM false
)
SELECT * FROM emptied CROSS JOIN all_confirmed
