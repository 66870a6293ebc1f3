-- The records of the snapshot of which the ledger does not know every field, with what the snapshot wants there.
CREATE OR REPLACE TEMP TABLE candidates AS
SELECT row_number() OVER (ORDER BY s.key) AS seq, s.key{fields}
FROM snapshot AS s
LEFT JOIN {confirmed} AS l ON l.key = s.key
WHERE NOT s.conflict AND NOT (l.key IS NOT NULL{known})
ORDER BY seq;

-- one row a field that was read
CREATE OR REPLACE TEMP TABLE adopted (
    key VARCHAR NOT NULL, column_no BIGINT NOT NULL, agrees BOOLEAN NOT NULL, value VARCHAR
);
