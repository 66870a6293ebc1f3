-- classes: customers by the value of one column.
select
    /* column */ as class,
    count(*) as customers
from attributes
group by /* column */
