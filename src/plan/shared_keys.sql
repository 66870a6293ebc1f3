-- Several customers with one key: marked, so that none is sent and none counts as having left.
UPDATE snapshot SET conflict = true
WHERE key IN (SELECT key FROM snapshot GROUP BY key HAVING count(*) > 1)
