-- custom attribute: an aggregate of the user's over the rows of one relation, by customer. A customer without such a row
-- has what the aggregate gives over no rows: 0 for a count, NULL for a sum.
with
chosen_rows as (
    select *
    from /* the relation */
    /* its conditions */
),
by_customer as (
    select customer_id, /* the aggregate */ as value
    from chosen_rows
    group by customer_id
),
of_no_rows as (
    select /* the aggregate */ as value
    from chosen_rows
    where 1 = 0
)
select
    population.customer_id,
    case when by_customer.customer_id is null then of_no_rows.value else by_customer.value end as value
from population
cross join of_no_rows
left join by_customer on by_customer.customer_id = population.customer_id
