-- promo: how much of what a customer buys was bought on promotion.
with
shares as (
    select
        customer_id,
        counted_orders,
        discounted_orders,
        as_double(discounted_orders) / counted_orders as order_share,
        -- who spent nothing spent nothing on promotions
        case when counted_net > 0 then as_double(discounted_net) / as_double(counted_net) else 0 end as value_share,
        case
            when counted_net + counted_discount > 0
                then as_double(counted_discount) / as_double(counted_net + counted_discount)
            else 0
        end as depth
    from customer_orders
),
-- The same three shares of all customers taken as one.
sums as (
    select
        sum(counted_orders) as counted_orders,
        sum(discounted_orders) as discounted_orders,
        sum(counted_net) as counted_net,
        sum(discounted_net) as discounted_net,
        sum(counted_discount) as counted_discount
    from customer_orders
),
population_shares as (
    select
        as_double(discounted_orders) / counted_orders as order_share,
        case when counted_net > 0 then as_double(discounted_net) / as_double(counted_net) else 0 end as value_share,
        case
            when counted_net + counted_discount > 0
                then as_double(counted_discount) / as_double(counted_net + counted_discount)
            else 0
        end as depth
    from sums
),
-- A customer with few orders is drawn towards the population, as if $prior_orders average orders had been added.
scored as (
    select
        shares.customer_id,
        100 * (
            $weight_orders * (shares.counted_orders * shares.order_share + $prior_orders * everyone.order_share)
            + $weight_value * (shares.counted_orders * shares.value_share + $prior_orders * everyone.value_share)
            + $weight_depth * (shares.counted_orders * shares.depth + $prior_orders * everyone.depth)
        ) / ((shares.counted_orders + $prior_orders) * ($weight_orders + $weight_value + $weight_depth)) as score
    from shares
    cross join population_shares as everyone
    where shares.counted_orders >= $min_orders
),
-- Scores are compared and rounded in ten-billionths: what differs further behind is rounding of binary fractions, and
-- would take a score that is a half from one side of it to the other.
compared as (
    select customer_id, round_half_up(score * 10000000000) as fine_score
    from scored
),
score_counts as (
    select fine_score, count(*) as customers
    from compared
    group by fine_score
),
scored_customers as (
    select count(*) as customers
    from compared
),
deciles as (
    select
        counts.fine_score,
        1 + whole_quotient(10 * cast(sum(counts.customers) over (
            order by counts.fine_score asc nulls last rows between unbounded preceding and current row
        ) - counts.customers as bigint), scored_customers.customers) as promo_decile
    from score_counts as counts
    cross join scored_customers
),
rounded as (
    select
        compared.customer_id,
        whole_quotient(compared.fine_score + 5000000000, 10000000000) as promo_score,
        deciles.promo_decile
    from compared
    inner join deciles on deciles.fine_score = compared.fine_score
)
select
    shares.customer_id,
    shares.counted_orders as orders,
    shares.discounted_orders,
    shares.order_share as promo_order_share,
    shares.value_share as promo_value_share,
    shares.depth as promo_depth,
    rounded.promo_score,
    rounded.promo_decile,
    case
        when rounded.promo_score is null then 'unknown'
        when rounded.promo_score >= $promophile_from then 'promophile'
        when rounded.promo_score <= $full_price_to then 'full_price'
        else 'mixed'
    end as promo_class
from shares
left join rounded on rounded.customer_id = shares.customer_id
