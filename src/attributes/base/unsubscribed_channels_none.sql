-- unsubscribed_channels: empty, where no messages export tells who unsubscribed.
select cast(null as varchar(1)) as customer_id, 0 as email, 0 as sms, 0 as phone, 0 as post
where 1 = 0
