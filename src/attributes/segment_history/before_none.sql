-- segments_before: empty, where no history is handed down.
select
    cast(null as varchar(1)) as customer_id, cast(null as varchar(1)) as segment,
    cast(null as date) as entered_on, cast(null as varchar(1)) as previous_segment
where 1 = 0
