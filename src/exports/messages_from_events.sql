-- Messages, where an export has only what happened to them: events folded by message. A message was sent when it was
-- said to be, or at the first thing that is known of it.
SELECT
    message_id,
    min(customer_id) AS customer_id,
    min(channel) AS channel,
    coalesce(min(occurred_at) FILTER (WHERE lower(trim(event)) IN ('sent', 'send')), min(occurred_at)) AS sent_at,
    min(occurred_at) FILTER (WHERE lower(trim(event)) IN ('opened', 'open')) AS opened_at,
    min(occurred_at) FILTER (WHERE lower(trim(event)) IN ('clicked', 'click')) AS clicked_at,
    min(occurred_at) FILTER (WHERE lower(trim(event)) IN ('responded', 'response')) AS responded_at,
    min(occurred_at) FILTER (WHERE lower(trim(event)) IN ('unsubscribed', 'unsubscribe')) AS unsubscribed_at,
    -- a message goes to one customer; where its events disagree, nobody knows whose it is
    min(customer_id) <> max(customer_id) AS several_customers
FROM message_events
GROUP BY message_id
