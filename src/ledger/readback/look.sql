-- The records to look at: those that the vendor confirmed and that belong to the audience, with what is known of them.
CREATE OR REPLACE TEMP TABLE candidates AS
SELECT row_number() OVER (ORDER BY key) AS seq, key{fields}
FROM (
    SELECT * FROM {confirmed}
    WHERE present IS DISTINCT FROM false AND first_run > 0
    {chosen}
)
ORDER BY seq;

-- one row a difference; no column where the record is not there
CREATE OR REPLACE TEMP TABLE drift (key VARCHAR NOT NULL, column_no BIGINT);
