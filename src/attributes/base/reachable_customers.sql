-- reachable_customers: who can be reached on any channel.
select customer_id
from attributes_reach
where reachable_email or reachable_sms or reachable_phone or reachable_post
