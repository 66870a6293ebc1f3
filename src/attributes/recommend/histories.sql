-- recommend_histories: the purchases that similarity is learnt from. Who buys n products adds n * n pairs, so each
-- customer takes part with the latest ones, and of very many customers a part takes part: as many of 4096 groups, told
-- by a hash of the id, as keep the pairs below their limit. The same groups at every run.
with
positioned as (
    select
        customer_id,
        product_id,
        row_number() over (
            partition by customer_id order by bought_at desc nulls last, product_id asc nulls last
        ) as position
    from recommend_purchases
),
latest as (
    select customer_id, product_id
    from positioned
    where position <= $history
),
customer_pairs as (
    select customer_id, count(*) * count(*) as pairs
    from latest
    group by customer_id
),
group_pairs as (
    select substr(md5(customer_id), 1, 3) as hash_group, cast(sum(pairs) as bigint) as pairs
    from customer_pairs
    group by substr(md5(customer_id), 1, 3)
),
running_pairs as (
    select
        hash_group,
        pairs,
        sum(pairs) over (
            order by hash_group asc nulls last rows between unbounded preceding and current row
        ) as pairs_so_far
    from group_pairs
),
-- the first group in any case
chosen_groups as (
    select hash_group
    from running_pairs
    where pairs_so_far <= $most_pairs or pairs_so_far = pairs
)
select latest.customer_id, latest.product_id
from latest
inner join chosen_groups on chosen_groups.hash_group = substr(md5(latest.customer_id), 1, 3)
