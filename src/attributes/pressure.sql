-- pressure: how much is sent to a customer, how much of it is engaged with, and what to do about it.
-- Reads `reachable_customers`.
with
-- Messages, and what came of each up to as_of: the rest has not happened yet.
sent_messages as (
    select
        customer_id,
        lower(trim(channel)) as channel,
        elapsed_days(sent_at, $as_of) as age_days,
        case when opened_at <= $as_of then 1 else 0 end as opened,
        case when clicked_at <= $as_of then 1 else 0 end as clicked,
        case when responded_at <= $as_of then 1 else 0 end as responded,
        case when unsubscribed_at <= $as_of then 1 else 0 end as unsubscribed
    from messages
),
-- A message is engaged with once, however much the customer did with it.
engaged_messages as (
    select *, greatest(opened, clicked, responded) as engaged
    from sent_messages
),
recent_counts as (
    select
        customer_id,
        count(*) as messages_sent,
        /* one count for each channel */
        cast(sum(opened) as bigint) as messages_opened,
        cast(sum(clicked) as bigint) as messages_clicked,
        cast(sum(responded) as bigint) as messages_responded,
        cast(sum(engaged) as bigint) as messages_engaged
    from engaged_messages
    where age_days < $window_days
    group by customer_id
),
-- Pressure is compared among those who can be written to at all; who gets nothing has the least.
ranked_customers as (
    select
        reachable_customers.customer_id,
        coalesce(recent_counts.messages_sent, 0) as messages_sent
    from reachable_customers
    left join recent_counts on recent_counts.customer_id = reachable_customers.customer_id
),
pressure_counts as (
    select messages_sent, count(*) as customers
    from ranked_customers
    group by messages_sent
),
all_ranked as (
    select count(*) as customers
    from ranked_customers
),
percentiles as (
    select
        counts.messages_sent,
        as_double(sum(counts.customers) over (
            order by counts.messages_sent asc nulls last rows between unbounded preceding and current row
        ) - counts.customers) / as_double(all_ranked.customers) as pressure_percentile
    from pressure_counts as counts
    cross join all_ranked
),
-- Whole weeks back from as_of, by the week of sending; weeks without a message have no row, and add 0 to every sum.
weekly_counts as (
    select
        customer_id,
        whole_quotient(age_days, 7) as week,
        count(*) as sent,
        cast(sum(engaged) as bigint) as engaged
    from engaged_messages
    where age_days < 7 * $weeks
    group by customer_id, whole_quotient(age_days, 7)
),
weekly_sums as (
    select
        customer_id,
        count(*) as active_weeks,
        cast(sum(sent) as bigint) as sum_x,
        cast(sum(engaged) as bigint) as sum_y,
        cast(sum(sent * sent) as bigint) as sum_xx,
        cast(sum(sent * engaged) as bigint) as sum_xy
    from weekly_counts
    group by customer_id
),
-- Least squares over n weeks: (n * sum(xy) - sum(x) * sum(y)) / (n * sum(xx) - sum(x) * sum(x)), in whole numbers up to
-- the division. Few weeks say little, and are drawn towards no response.
slopes as (
    select
        customer_id,
        case when active_weeks >= 4 and $weeks * sum_xx > sum_x * sum_x then
            as_double($weeks * sum_xy - sum_x * sum_y) / as_double($weeks * sum_xx - sum_x * sum_x)
            * (active_weeks / (active_weeks + $prior_weeks))
        end as pressure_slope
    from weekly_sums
),
-- Who has unsubscribed from every channel that messages ever came by.
channels as (
    select customer_id, channel, max(unsubscribed) as unsubscribed
    from sent_messages
    group by customer_id, channel
),
unsubscribed_customers as (
    select customer_id
    from channels
    group by customer_id
    having min(unsubscribed) = 1
),
levels as (
    select
        population.customer_id,
        percentiles.pressure_percentile,
        case
            when percentiles.pressure_percentile < 0.25 then 'under'
            when percentiles.pressure_percentile <= 0.75 then 'normal'
            when percentiles.pressure_percentile > 0.75 then 'over'
        end as pressure_level,
        slopes.pressure_slope,
        case
            when slopes.pressure_slope is null then 'unknown'
            when slopes.pressure_slope >= $responsive_from then 'responsive'
            when slopes.pressure_slope <= 0 then 'saturated'
            else 'neutral'
        end as pressure_response
    from population
    left join ranked_customers on ranked_customers.customer_id = population.customer_id
    left join percentiles on percentiles.messages_sent = ranked_customers.messages_sent
    left join slopes on slopes.customer_id = population.customer_id
)
select
    levels.customer_id,
    coalesce(recent_counts.messages_sent, 0) as messages_sent,
    /* the count of each channel */
    coalesce(recent_counts.messages_opened, 0) as messages_opened,
    coalesce(recent_counts.messages_clicked, 0) as messages_clicked,
    coalesce(recent_counts.messages_responded, 0) as messages_responded,
    as_double(recent_counts.messages_engaged) / as_double(recent_counts.messages_sent) as engagement_rate,
    levels.pressure_percentile,
    levels.pressure_level,
    levels.pressure_slope,
    levels.pressure_response,
    case
        when unsubscribed_customers.customer_id is not null then 'stop'
        when levels.pressure_level = 'over' and levels.pressure_response <> 'responsive' then 'lower'
        when levels.pressure_level = 'under' and levels.pressure_response = 'responsive' then 'raise'
        else 'hold'
    end as pressure_advice
from levels
left join recent_counts on recent_counts.customer_id = levels.customer_id
left join unsubscribed_customers on unsubscribed_customers.customer_id = levels.customer_id
