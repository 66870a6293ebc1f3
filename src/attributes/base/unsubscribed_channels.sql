-- unsubscribed_channels: 1 for each channel that a customer has unsubscribed from, for good.
select
    customer_id,
    max(case when lower(channel) = 'email' then 1 else 0 end) as email,
    max(case when lower(channel) = 'sms' then 1 else 0 end) as sms,
    max(case when lower(channel) = 'phone' then 1 else 0 end) as phone,
    max(case when lower(channel) = 'post' then 1 else 0 end) as post
from messages
where unsubscribed_at <= $as_of
group by customer_id
