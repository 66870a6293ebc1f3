-- What became of every staged change of sync {sync_id}, told from its receipts.
CREATE OR REPLACE TEMP TABLE settled AS
WITH
-- the last word about each change; in doubt is what was sent without an answer and not confirmed since
last_words AS (
    SELECT
        s.seq,
        arg_max(r.outcome, r.receipt_no) AS outcome,
        coalesce(bool_or(r.outcome = 'remade'), false) AS is_remade,
        coalesce(
            max(r.receipt_no) FILTER (WHERE r.outcome = 'unknown')
            > coalesce(max(r.receipt_no) FILTER (WHERE r.outcome IN ('confirmed', 'remade')), 0),
            false
        ) AS in_doubt
    FROM {staged} AS s
    JOIN receipts AS r ON r.sync_id = {sync_id} AND s.seq BETWEEN r.first_seq AND r.last_seq
    GROUP BY s.seq
),
-- a refusal is final within a run; one that is worth another try says nothing about earlier requests
refusals AS (
    SELECT seq, arg_max(retryable, receipt_no) AS retryable
    FROM exceptions WHERE sync_id = {sync_id} AND outcome = 'rejected' GROUP BY seq
),
-- what was announced before the run ended, and never answered
announced AS (
    SELECT max(b.last_seq) AS last_seq
    FROM batches AS b JOIN plans AS p USING (sync_id)
    WHERE b.sync_id = {sync_id} AND b.batch_no <= p.announced_batch
),
-- records that the vendor had to make although they are known here: somebody had deleted them
remade AS (
    SELECT s.seq, l.first_run > 0 AND s.kind <> 'left' AS was_there
    FROM last_words AS w
    JOIN {staged} AS s USING (seq)
    JOIN {confirmed} AS l ON l.key = s.key
    WHERE w.is_remade
),
judged AS (
    SELECT
        s.seq, s.route,
        CASE
            WHEN s.route = 'local' THEN 'confirmed'
            WHEN s.route = 'held' THEN 'held'
            WHEN f.seq IS NOT NULL THEN 'rejected'
            -- the second request was held back, the first may have arrived
            WHEN w.outcome = 'unsent' AND w.in_doubt THEN 'unknown'
            WHEN w.outcome = 'remade' THEN 'confirmed'
            WHEN w.outcome IS NOT NULL THEN w.outcome
            WHEN s.seq <= (SELECT last_seq FROM announced) THEN 'unknown'
            ELSE 'unsent'
        END AS outcome,
        coalesce(f.retryable AND w.in_doubt, false) AS refused_in_doubt,
        r.seq IS NOT NULL AS is_remade,
        -- a record of which nobody could tell whether it was there is no news, nor is one that leaves
        coalesce(r.was_there, false) AS was_there
    FROM {staged} AS s
    LEFT JOIN last_words AS w USING (seq)
    LEFT JOIN refusals AS f USING (seq)
    LEFT JOIN remade AS r USING (seq)
)
SELECT
    seq, route, outcome, outcome IN ('unknown', 'pending') OR refused_in_doubt AS in_doubt, is_remade, was_there
FROM judged
