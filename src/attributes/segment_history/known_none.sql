-- segments_known: empty, where no history is handed down.
select cast(null as timestamp) as as_of
where 1 = 0
