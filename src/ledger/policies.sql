-- What guards and field policies keep from run to run. Since format 4.

-- one row a run and export: how many rows were read
CREATE TABLE IF NOT EXISTS run_exports (run_id BIGINT NOT NULL, export VARCHAR NOT NULL, rows BIGINT NOT NULL);

-- one row a value that a field with `hold` does not send yet, or has not confirmed yet
CREATE TABLE IF NOT EXISTS held_values (
    sync_id BIGINT NOT NULL,
    column_no BIGINT NOT NULL,
    key VARCHAR NOT NULL,
    value VARCHAR,                   -- as text; NULL where the value is none
    runs BIGINT NOT NULL,            -- runs in a row, each for a later as_of, that said so
    as_of TIMESTAMP NOT NULL,        -- of the last run that counted
    released BOOLEAN NOT NULL        -- whether it goes to the destination
);

-- the same, as the staged plan of a sync would have it
CREATE TABLE IF NOT EXISTS staged_held_values (
    sync_id BIGINT NOT NULL,
    column_no BIGINT NOT NULL,
    key VARCHAR NOT NULL,
    value VARCHAR,
    runs BIGINT NOT NULL,
    as_of TIMESTAMP NOT NULL,
    released BOOLEAN NOT NULL
);

-- one row a field with `write = "if_empty"` of which the destination had a value when it was looked at: it is left alone
CREATE TABLE IF NOT EXISTS occupied (sync_id BIGINT NOT NULL, column_no BIGINT NOT NULL, key VARCHAR NOT NULL);
