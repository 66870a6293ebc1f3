-- The ledger's own tables. Everything here is small but `confirmed_<id>` and `staged_<id>`, which are made per sync.

-- one row: the format of this file
CREATE TABLE IF NOT EXISTS ledger_format (version INTEGER NOT NULL);

-- one row a run of plan, apply or sync
CREATE TABLE IF NOT EXISTS run_log (
    run_id BIGINT NOT NULL,
    command VARCHAR NOT NULL,
    sync_file VARCHAR NOT NULL,
    as_of TIMESTAMP NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    outcome VARCHAR                  -- done, rejections, guarded, failed; NULL while it runs or where it was killed
);

-- one row a run and sync: the figures that `status` shows
CREATE TABLE IF NOT EXISTS run_syncs (
    run_id BIGINT NOT NULL,
    sync_id BIGINT NOT NULL,
    rows BIGINT, added BIGINT, changed BIGINT, "left" BIGINT, unchanged BIGINT,
    confirmed BIGINT, rejected BIGINT, pending BIGINT, unknown BIGINT, held BIGINT,
    requests BIGINT, duration_ms BIGINT,
    stopped_by VARCHAR               -- the guard or the error that ended it; NULL where it went through
);

-- one row a sync that ever confirmed or planned something
CREATE TABLE IF NOT EXISTS syncs (
    sync_id BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    destination VARCHAR NOT NULL,
    account VARCHAR NOT NULL,        -- connector, and sandbox, host or folder: each account has a ledger of its own
    object VARCHAR NOT NULL,
    key_field VARCHAR NOT NULL,
    key_expression VARCHAR NOT NULL,
    lists VARCHAR NOT NULL           -- the lists that records join, sorted, as a JSON array
);

-- one row a field of a sync; column_no is the n of v<n>, k<n>, r<n> and c<n>, and is never used twice
CREATE TABLE IF NOT EXISTS sync_fields (
    sync_id BIGINT NOT NULL,
    column_no BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    sql_type VARCHAR NOT NULL,
    dropped BOOLEAN NOT NULL
);

-- at most one row a sync: the plan that is staged or under way
CREATE TABLE IF NOT EXISTS plans (
    sync_id BIGINT NOT NULL,
    run_id BIGINT NOT NULL,
    state VARCHAR NOT NULL,          -- staged, sending
    fingerprint VARCHAR NOT NULL,    -- of sync file, input and ledger; apply refuses when it moved
    counts VARCHAR NOT NULL,         -- JSON: rows, added, changed, left, unchanged, held
    announced_batch BIGINT NOT NULL, -- batches up to this one may have been sent
    max_attempts BIGINT,             -- how often the same values may be refused before nobody tries again
    triggers VARCHAR                 -- JSON: the column numbers of the fields that cause a request
);

-- one row a batch of a plan: a run of seq numbers
CREATE TABLE IF NOT EXISTS batches (
    sync_id BIGINT NOT NULL,
    batch_no BIGINT NOT NULL,
    operation VARCHAR NOT NULL,
    first_seq BIGINT NOT NULL,
    last_seq BIGINT NOT NULL
);

-- what became of runs of seq numbers; one receipt may have several, and the last word about a record counts
CREATE TABLE IF NOT EXISTS receipts (
    sync_id BIGINT NOT NULL,
    receipt_no BIGINT NOT NULL,
    batch_no BIGINT NOT NULL,
    first_seq BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    outcome VARCHAR NOT NULL,        -- confirmed, remade, pending, unknown, unsent
    job VARCHAR
);

-- records that were refused
CREATE TABLE IF NOT EXISTS exceptions (
    sync_id BIGINT NOT NULL,
    receipt_no BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    outcome VARCHAR NOT NULL,        -- rejected
    code VARCHAR, message VARCHAR, field VARCHAR, hint VARCHAR, retryable BOOLEAN
);

-- records that were refused and not yet confirmed since
CREATE TABLE IF NOT EXISTS rejected (
    sync_id BIGINT NOT NULL,
    key VARCHAR NOT NULL,
    code VARCHAR NOT NULL,
    message VARCHAR NOT NULL,
    field VARCHAR,
    hint VARCHAR,
    retryable BOOLEAN NOT NULL,
    attempts BIGINT NOT NULL,
    first_run BIGINT NOT NULL,
    last_run BIGINT NOT NULL,
    fingerprint VARCHAR NOT NULL,    -- of the values refused: the same values wait for their next try
    retry_at TIMESTAMP               -- when the same values may be tried again; NULL where they were given up
);

-- one row a record of a list (mode = "list"): the order that the latest plan wants
CREATE TABLE IF NOT EXISTS list_order (
    sync_id BIGINT NOT NULL,
    place BIGINT NOT NULL,
    key VARCHAR NOT NULL
);

-- one row a list: the order that the destination was given last, as a digest of its keys
CREATE TABLE IF NOT EXISTS list_digests (sync_id BIGINT NOT NULL, digest VARCHAR);

-- one row a customer: the segment that the latest run found, or the last one of who is gone
CREATE TABLE IF NOT EXISTS customer_segments (
    customer_id VARCHAR NOT NULL,
    segment VARCHAR NOT NULL,
    entered_on DATE NOT NULL,
    previous_segment VARCHAR,        -- NULL where the customer was in no other
    last_seen DATE                   -- of who is gone
);

-- at most one row: the run that moved the history of segments last
CREATE TABLE IF NOT EXISTS segment_state (
    as_of TIMESTAMP NOT NULL,
    rules VARCHAR NOT NULL           -- a fingerprint: under other rules the history starts anew
);

-- at most one row: the run whose changes of the history stand in `staged_segments`, and what they were made for
CREATE TABLE IF NOT EXISTS staged_segments_run (
    run_id BIGINT NOT NULL,
    as_of TIMESTAMP NOT NULL,
    rules VARCHAR NOT NULL
);
