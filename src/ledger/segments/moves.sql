-- How many customers went from one segment to another since the history moved last, or stayed. NULL is nowhere.
SELECT b.segment, a.segment, count(*)
FROM segments_before AS b
FULL OUTER JOIN attributes AS a ON a.customer_id = b.customer_id
GROUP BY b.segment, a.segment
ORDER BY count(*) DESC, b.segment NULLS FIRST, a.segment NULLS LAST
