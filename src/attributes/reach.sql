-- reach: the channels a customer may be written to. Reads `unsubscribed_channels`.
with
reachable as (
    select
        customers.customer_id
        /* one column for each channel */
    from customers
    left join unsubscribed_channels on unsubscribed_channels.customer_id = customers.customer_id
)
select
    *,
    case
        /* the channels, in the order of the sync file */
    end as best_channel
from reachable
