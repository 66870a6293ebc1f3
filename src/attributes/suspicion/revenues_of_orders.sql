-- revenues: what each customer paid, where no pack says it.
select sum(net_amount) as revenue
from orders
group by customer_id
