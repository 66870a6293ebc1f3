-- Enters what was read at the destination, where the ledger does not know better. A value that is not of the field's type
-- counts as in doubt: something is there, and it is not ours.
MERGE INTO {confirmed} AS l
USING (
    SELECT
        a.key{typed}
    -- the fields of a record side by side
    FROM (
        SELECT
            key{read}
        FROM adopted GROUP BY key
    ) AS a
    JOIN candidates AS c ON c.key = a.key
) AS s
ON l.key = s.key
WHEN MATCHED THEN UPDATE SET
    first_run = CASE WHEN l.first_run = 0 THEN {run_id} ELSE l.first_run END,
    last_run = {run_id}{set}
WHEN NOT MATCHED THEN
    INSERT (key, present, first_run, last_run{columns})
    VALUES (s.key, {present}, {run_id}, {run_id}{values})
