-- Folds what is settled into the confirmed state: values only where the vendor confirmed them, and a question mark
-- on every field whose fate nobody can tell.
MERGE INTO {confirmed} AS l
USING (
    SELECT s.*, o.outcome
    FROM {staged} AS s
    JOIN settled AS o USING (seq)
    WHERE o.outcome IN ('confirmed', 'unknown', 'pending')
) AS s
ON l.key = s.key
WHEN MATCHED AND s.outcome = 'confirmed' AND s.operation = 'delete' THEN DELETE
WHEN MATCHED AND s.outcome = 'confirmed' THEN UPDATE SET
    present = (s.kind <> 'left'),
    last_run = {run_id}{set_confirmed}
WHEN MATCHED THEN UPDATE SET
    last_run = l.last_run{set_unknown}
WHEN NOT MATCHED AND s.outcome = 'confirmed' AND s.operation = 'upsert' THEN
    INSERT (key, present, first_run, last_run{insert_columns})
    VALUES (s.key, true, {run_id}, {run_id}{insert_values})
