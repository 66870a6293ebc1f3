-- segment_history: since when each customer is in the segment, and which was the one before.
with
-- whether the history goes beyond as_of: a run for an earlier time can only read what fits into it
kept as (
    select coalesce(max(as_of) > $as_of, false) as is_later from segments_known
),
-- each customer, with what the history says
compared as (
    select
        segments.customer_id,
        segments.segment,
        segments_before.segment as segment_before,
        segments_before.entered_on,
        segments_before.previous_segment,
        kept.is_later,
        cast($as_of as date) as today
    from attributes_segment as segments
    cross join kept
    left join segments_before on segments_before.customer_id = segments.customer_id
),
-- who is in the segment of the history stays; who is not enters today, unless the history knows better than we do
entered as (
    select
        customer_id,
        today,
        case
            when segment_before = segment and entered_on <= today then entered_on
            when is_later then null
            else today
        end as segment_entered_on,
        case
            when segment_before = segment and entered_on <= today then previous_segment
            when is_later then null
            else segment_before
        end as previous_segment
    from compared
)
select
    customer_id,
    segment_entered_on,
    previous_segment,
    calendar_days(segment_entered_on, today) as days_in_segment
from entered
