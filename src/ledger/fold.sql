-- Folds what is settled into the confirmed state: values only where the vendor confirmed them, and a question mark
-- on everything whose fate nobody can tell: fields (k), whether the record is there at all (first_run = 0), and whether
-- it counts as one of the audience there (present IS NULL).
MERGE INTO {confirmed} AS l
USING (
    SELECT s.*, o.outcome = 'confirmed' AS is_confirmed, o.is_remade
    FROM {staged} AS s
    JOIN settled AS o USING (seq)
    WHERE o.outcome = 'confirmed' OR o.in_doubt
) AS s
ON l.key = s.key
WHEN MATCHED AND s.is_confirmed AND s.operation = 'delete' THEN DELETE
WHEN MATCHED AND s.is_confirmed THEN UPDATE SET
    present = (s.kind <> 'left'),
    first_run = CASE
        WHEN {has_lost} THEN 0
        WHEN l.first_run = 0 AND s.route = 'send' THEN {run_id}
        ELSE l.first_run
    END,
    last_run = {run_id}{set_confirmed}
WHEN MATCHED THEN UPDATE SET
    -- one that may have been emptied may have left
    present = CASE WHEN s.kind <> 'left' AND l.present THEN true END,
    first_run = CASE WHEN s.operation = 'delete' THEN 0 ELSE l.first_run END{set_unknown}
WHEN NOT MATCHED AND s.operation = 'upsert' THEN
    INSERT (key, present, first_run, last_run{insert_columns})
    VALUES (
        s.key, CASE WHEN s.is_confirmed THEN true END,
        CASE WHEN s.is_confirmed THEN {run_id} ELSE 0 END, CASE WHEN s.is_confirmed THEN {run_id} ELSE 0 END{insert_values}
    )
