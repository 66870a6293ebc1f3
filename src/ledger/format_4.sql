-- From format 3 to 4: refusals have a time from which they may be tried again. Those of before are tried once more.
ALTER TABLE plans ADD COLUMN IF NOT EXISTS max_attempts BIGINT;
ALTER TABLE plans ADD COLUMN IF NOT EXISTS triggers VARCHAR;
ALTER TABLE rejected ADD COLUMN IF NOT EXISTS retry_at TIMESTAMP;
UPDATE rejected SET retry_at = TIMESTAMP '1970-01-01';
