-- bands: customers by the band that p_alive lies in, counted from 0; NULL where the model cannot tell.
with
banded as (
    select
        case
            when p_alive is null then null
            when p_alive >= $first_from then 0
            when p_alive >= $second_from then 1
            when p_alive >= $third_from then 2
            else 3
        end as band
    from attributes
)
select
    cast(band as bigint) as band,
    count(*) as customers
from banded
group by band
