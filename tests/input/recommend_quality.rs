//! How good recommendations are: the last four weeks of a grocer are held out, and guessed from what was before.
//!
//! `cargo test --test input -- --ignored --nocapture recommend_quality` prints the figures of the sample exports; with
//! `LAPWING_JOURNEY` set to a folder with the whole data set, those of all of it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use lapwing::attributes::{self, AttributeSettings, bound_relations, compute};
use lapwing::engine::Session;
use lapwing::exports::{Export, Relation, bind};

use super::support::{Folder, TestError, at, export};

const CUT: &str = "2017-12-04T12:00:00Z";
const END: &str = "2018-01-01 12:00:00";

/// Products bought in the last four weeks; of new ones, those that the customer had not bought before.
const HELD_OUT: &str = "CREATE TEMP TABLE held_out AS
    SELECT DISTINCT CAST(household_id AS VARCHAR) AS customer_id, CAST(product_id AS VARCHAR) AS product_id
    FROM read_parquet('{file}')
    WHERE transaction_timestamp > TIMESTAMP '2017-12-04 12:00:00' AND transaction_timestamp <= TIMESTAMP '{end}';
    CREATE TEMP TABLE bought AS
    SELECT customer_id, product_id, count(DISTINCT order_id) AS orders, max(ordered_at) AS bought_at
    FROM order_lines GROUP BY ALL;
    CREATE TEMP TABLE held_out_new AS SELECT * FROM held_out ANTI JOIN bought USING (customer_id, product_id);
    CREATE TEMP TABLE best_sellers AS
    SELECT product_id, row_number() OVER (ORDER BY count(*) DESC, product_id) AS position
    FROM bought JOIN products USING (product_id) WHERE bought_at > TIMESTAMP '2017-09-05 12:00:00' GROUP BY product_id;";

/// The share of customers with a hit among five, and the mean share of what they bought that was among them.
const SCORE: &str = "WITH guessed AS ({guesses}),
    customers AS (SELECT customer_id, count(*) AS bought FROM {target} GROUP BY customer_id),
    hits AS (SELECT customer_id, count(*) AS hits FROM {target} JOIN guessed USING (customer_id, product_id) GROUP BY customer_id)
    SELECT count(*), avg(CAST(coalesce(hits, 0) > 0 AS INTEGER)), avg(coalesce(hits, 0) / bought)
    FROM customers LEFT JOIN hits USING (customer_id)";

const RECOMMENDED: &str = "SELECT customer_id, unnest(recommended_product_ids) AS product_id FROM attributes";
const BEST_SELLERS: &str = "SELECT customer_id, product_id FROM (SELECT DISTINCT customer_id FROM bought)
    CROSS JOIN best_sellers WHERE position <= 5";
const NEW_BEST_SELLERS: &str = "SELECT customer_id, product_id FROM (SELECT DISTINCT customer_id FROM bought)
    CROSS JOIN best_sellers ANTI JOIN bought USING (customer_id, product_id) WHERE position <= 1000
    QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY position) <= 5";
const BOUGHT_BEFORE: &str = "SELECT customer_id, product_id FROM bought
    QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY orders DESC, bought_at DESC, product_id) <= 5";

fn journey() -> PathBuf {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/journey");
    std::env::var_os("LAPWING_JOURNEY").map_or(sample, PathBuf::from)
}

fn exports(folder: &Path) -> Vec<Export> {
    let lines = [
        ("order_id", "basket_id"),
        ("customer_id", "household_id"),
        ("ordered_at", "transaction_timestamp"),
        ("net_amount", "CAST(sales_value AS DECIMAL(18,2))"),
    ];
    vec![
        export(Relation::Products, folder.join("products.parquet"), &[("category", "product_category")]),
        export(Relation::OrderLines, folder.join("transactions.parquet"), &lines),
    ]
}

#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn tell(line: &str) {
    println!("{line}");
}

/// One line of the table: who guessed what, and how well.
fn print(session: &Session, name: &str, target: &str, guesses: &str) -> Result<(f64, f64), TestError> {
    let sql = SCORE.replace("{guesses}", guesses).replace("{target}", target);
    let (customers, hit_rate, recall) = session.one(&sql, &[], |row| {
        Ok((row.count(0)?, row.float(1)?.unwrap_or_default(), row.float(2)?.unwrap_or_default()))
    })?;
    tell(&format!("{target:12} {name:24} {customers:5} customers, hit rate {hit_rate:.3}, recall {recall:.4}"));
    Ok((hit_rate, recall))
}

#[test]
#[ignore = "prints figures for docs/performance.md, and takes a while"]
fn recommendations_beside_best_sellers_and_what_was_bought_before() {
    let folder = journey();
    let held_out =
        HELD_OUT.replace("{file}", &folder.join("transactions.parquet").to_string_lossy()).replace("{end}", END);
    let hit_rate = Folder::new().work::<_, TestError>(&[&folder.clone()], move |session| {
        bind(session, &exports(&folder), at(CUT))?;
        session.run_script(&held_out)?;
        let mut hit_rates = Vec::new();
        for (toml, name, target) in [
            ("[attributes.recommend]", "recommend", "held_out_new"),
            ("[attributes.recommend]\nrepurchasable = true", "recommend, repurchasable", "held_out"),
        ] {
            let settings: AttributeSettings = toml::from_str(toml).unwrap();
            let plan = attributes::plan(&settings, &bound_relations(session)?, at(CUT)).unwrap();
            let started = Instant::now();
            compute(session, &plan)?;
            tell(&format!("computed in {:.1} s", started.elapsed().as_secs_f64()));
            hit_rates.push(print(session, name, target, RECOMMENDED)?.0);
        }
        print(session, "best sellers not owned", "held_out_new", NEW_BEST_SELLERS)?;
        print(session, "best sellers", "held_out", BEST_SELLERS)?;
        print(session, "bought before", "held_out", BOUGHT_BEFORE)?;
        Ok(hit_rates)
    });
    assert!(hit_rate.unwrap().iter().all(|rate| *rate > 0.0));
}
