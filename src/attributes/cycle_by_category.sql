-- cycle_by_category: lateness by category, folded to one row for each customer. Reads `lateness` by category.
with
-- The latest category first. Only late and very_late take part: what is inactive is lost rather than late.
ranked_categories as (
    select
        *,
        case when cycle_status in ('late', 'very_late') then
            row_number() over (
                partition by customer_id
                order by
                    case when cycle_status in ('late', 'very_late') then 0 else 1 end asc nulls last,
                    lateness_ratio desc nulls last,
                    category asc nulls last
            )
        end as late_position
    from lateness
)
select
    customer_id,
    -- a category without a cycle has no figures to tell
    '{' || coalesce(ordered_text(
        case when cycle_days is not null then
            json_text(category)
            || ':{"purchase_days":' || cast(purchase_days as varchar(20))
            || ',"recency_days":' || cast(recency_days as varchar(20))
            || ',"cycle_days":' || json_number(cycle_days)
            || ',"cycle_source":' || json_text(cycle_source)
            || ',"cycle_stddev_days":' || json_number(cycle_stddev_days)
            || ',"lateness_ratio":' || json_number(lateness_ratio)
            || ',"lateness_days":' || json_number(lateness_days)
            || ',"lateness_z":' || json_number(lateness_z)
            || ',"cycle_status":' || json_text(cycle_status)
            || ',"expected_next_order_on":"' || cast(expected_next_order_on as varchar(10)) || '"}'
        end, ',', category
    ), '') || '}' as cycle_by_category,
    ordered_text(case when late_position <= 5 then category end, ', ', late_position) as late_categories,
    max(case when late_position = 1 then category end) as top_late_category
    /* and one status column for each category that the sync file names */
from ranked_categories
group by customer_id
