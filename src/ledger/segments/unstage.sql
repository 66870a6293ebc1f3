-- Drops what a run staged of the history.
DELETE FROM staged_segments_run;
DROP TABLE IF EXISTS staged_segments;
