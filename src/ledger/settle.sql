-- What became of every staged change of sync {sync_id}, told from its receipts.
CREATE OR REPLACE TEMP TABLE settled AS
WITH
-- every statement about a change; the number orders them, an exception after the receipt that it belongs to
statements AS (
    SELECT s.seq, r.receipt_no * 2 AS statement_no, r.outcome
    FROM {staged} AS s
    JOIN receipts AS r ON r.sync_id = {sync_id} AND s.seq BETWEEN r.first_seq AND r.last_seq
    UNION ALL
    SELECT seq, receipt_no * 2 + 1, outcome FROM exceptions WHERE sync_id = {sync_id} AND outcome <> 'rejected'
),
-- the last word about each change
last_words AS (SELECT seq, arg_max(outcome, statement_no) AS outcome FROM statements GROUP BY seq),
-- a refusal is final within a run: later receipts of its batch are about the other records
refusals AS (SELECT DISTINCT seq FROM exceptions WHERE sync_id = {sync_id} AND outcome = 'rejected'),
-- what was announced before the run ended, and never answered
announced AS (
    SELECT max(b.last_seq) AS last_seq
    FROM batches AS b JOIN plans AS p USING (sync_id)
    WHERE b.sync_id = {sync_id} AND b.batch_no <= p.announced_batch
)
SELECT
    s.seq,
    CASE
        WHEN s.route = 'local' THEN 'confirmed'
        WHEN s.route = 'held' THEN 'held'
        WHEN f.seq IS NOT NULL THEN 'rejected'
        WHEN w.outcome IS NOT NULL THEN w.outcome
        WHEN s.seq <= (SELECT last_seq FROM announced) THEN 'unknown'
        ELSE 'unsent'
    END AS outcome
FROM {staged} AS s
LEFT JOIN last_words AS w USING (seq)
LEFT JOIN refusals AS f USING (seq)
