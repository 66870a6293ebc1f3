-- flags: how many customers each condition holds for, in one pass.
select
    count(*) as customers
    /* one count for each condition */
from attributes
