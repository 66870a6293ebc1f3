-- cycle: lateness of each customer against the own purchase cycle. Reads `lateness` of all categories together.
select
    customer_id,
    purchase_days,
    cycle_days,
    cycle_source,
    cycle_stddev_days,
    lateness_ratio,
    lateness_days,
    lateness_z,
    cycle_status,
    expected_next_order_on
from lateness
