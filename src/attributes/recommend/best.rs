//! The products that something speaks for, one batch of customers after another.

use crate::engine::{EngineError, Param, Session};

use super::super::compute::params;
use super::super::pack::{PackQuery, Problem};
use super::super::step::Calculation;

/// From `recommend_batches` to `recommend_best`: the query runs once a batch, between the numbers of its first and its
/// last customer, so that only the candidates of one batch are in memory.
#[derive(Debug)]
pub(super) struct BestProducts(pub(super) PackQuery);

impl Calculation for BestProducts {
    fn relation(&self) -> &str {
        &self.0.relation
    }

    fn run(&self, session: &Session) -> Result<Option<Problem>, EngineError> {
        let Self(PackQuery { relation, sql, .. }) = self;
        session.run_script(&format!(
            "CREATE OR REPLACE TEMP TABLE {relation}
             (customer_number INTEGER, product_number INTEGER, source VARCHAR, position BIGINT)"
        ))?;
        let insert = format!("INSERT INTO {relation} {sql}");
        for (first, last) in batches(session)? {
            let mut params = params(&self.0);
            params.extend([("first_number", Param::Int(first)), ("last_number", Param::Int(last))]);
            session.execute(&insert, &params)?;
        }
        Ok(None)
    }
}

/// Some hundreds at most: customers share a batch as long as their candidates fit into it.
fn batches(session: &Session) -> Result<Vec<(i64, i64)>, EngineError> {
    let numbers =
        session.rows("SELECT first_number, last_number FROM recommend_batches ORDER BY first_number", &[], |row| {
            Ok((row.int(0)?, row.int(1)?))
        })?;
    Ok(numbers.into_iter().filter_map(|(first, last)| Some((first?, last?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attributes::DUCKDB_DIALECT;
    use crate::attributes::pack::Parameter;
    use crate::engine::{Engine, EngineOptions};

    /// Sixty customers who own a product or two of twenty, and have looked at some.
    const TABLES: &str = "
        CREATE TEMP TABLE recommend_owned AS SELECT DISTINCT n AS customer_number, n * k % 20 AS product_number
            FROM range(1, 61) a(n), range(1, 3) b(k);
        CREATE TEMP TABLE recommend_seeds AS SELECT *, 1.0 / (1 + product_number % 3) AS weight FROM recommend_owned
            WHERE customer_number % 7 > 0;
        CREATE TEMP TABLE recommend_neighbours AS SELECT p AS product_number, (p + d) % 20 AS neighbour_number,
            1000000000 // d AS similarity FROM range(20) a(p), range(1, 8) b(d);
        CREATE TEMP TABLE recommend_views AS SELECT n AS customer_number, (n + 3) % 20 AS product_number
            FROM range(1, 61) a(n) WHERE n % 5 = 0";

    fn best_in(batches: &'static str) -> Vec<String> {
        let parameters = [
            ("top", Parameter::Int(5)),
            ("repurchasable", Parameter::Bool(false)),
            ("view_boost", Parameter::Float(0.5)),
        ];
        let query = PackQuery {
            relation: "recommend_best".to_owned(),
            sql: include_str!("best.sql").to_owned(),
            parameters: parameters.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        };
        let work = move |session: &mut Session| {
            session.run_script(DUCKDB_DIALECT)?;
            session.run_script(TABLES)?;
            session.run_script(&format!("CREATE TEMP TABLE recommend_batches AS {batches}"))?;
            BestProducts(query).run(session)?;
            let sql = "SELECT concat_ws(' ', customer_number, position, product_number, source) FROM recommend_best
                       ORDER BY customer_number, position";
            session.rows(sql, &[], |row| Ok(row.text(0)?.unwrap_or_default()))
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let best: Result<_, EngineError> =
            runtime.block_on(async { Engine::open(EngineOptions::default()).await.unwrap().run(work).await });
        best.unwrap()
    }

    #[test]
    fn how_customers_are_batched_changes_nothing() {
        let together = best_in("SELECT 1::BIGINT AS first_number, 60::BIGINT AS last_number");
        assert!(together.len() > 200 && together.iter().any(|row| row.ends_with("viewed")), "{}", together.len());
        assert_eq!(best_in("SELECT n AS first_number, n + 6 AS last_number FROM range(1, 61, 7) a(n)"), together);
    }

    #[test]
    fn without_customers_there_is_nothing() {
        assert!(best_in("SELECT 1::BIGINT AS first_number, 1::BIGINT AS last_number WHERE false").is_empty());
    }
}
