//! Aggregates from a sync file: let through only when they fold rows into one value, the same whatever the order of rows.

use super::{Expression, ExpressionProblem, MAX_CHARACTERS, null_character, refuse_function, take_apart};
use crate::engine::{EngineError, Session};

/// Aggregates that give the same value for the same rows in any order. Others take the first row that they meet, or
/// string values together as they come.
const STEADY: [&str; 22] = [
    "avg",
    "bool_and",
    "bool_or",
    "count",
    "count_if",
    "count_star",
    "countif",
    "max",
    "mean",
    "median",
    "min",
    "quantile",
    "quantile_cont",
    "quantile_disc",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "sum",
    "sum_no_overflow",
    "var_pop",
    "var_samp",
    "variance",
];

/// An aggregate that is safe to put into a query, in brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregate {
    text: String,
}

impl Aggregate {
    /// Parses `text` and checks that it computes one value from many rows.
    ///
    /// # Errors
    /// The outer error where the engine fails; the inner one where the aggregate is not let through.
    pub fn parse(session: &Session, text: &str) -> Result<Result<Self, ExpressionProblem>, EngineError> {
        if text.chars().count() > MAX_CHARACTERS {
            return Ok(Err(ExpressionProblem::new(format!("it is longer than {MAX_CHARACTERS} characters"))));
        }
        if let Some(problem) = null_character(text) {
            return Ok(Err(problem));
        }
        let found = match take_apart(session, text)? {
            Ok(found) => found,
            Err(problem) => return Ok(Err(problem)),
        };
        let mut folds = false;
        for function in &found.functions {
            let name = function.name.to_ascii_lowercase();
            let problem = if !session.functions()?.facts(&name).aggregate {
                refuse_function(session, function)?
            } else if STEADY.contains(&name.as_str()) {
                folds = true;
                None
            } else {
                let message = format!("`{name}` depends on the order of rows, which is not defined");
                Some(ExpressionProblem::new(message).hint("use count, sum, avg, min, max, median, bool_or or bool_and"))
            };
            if let Some(problem) = problem {
                return Ok(Err(ExpressionProblem { position: function.position, ..problem }));
            }
        }
        if !folds {
            let problem =
                ExpressionProblem::new("it is no aggregate: it has a value for each row, not one for all of them");
            return Ok(Err(problem.hint("fold the rows: count(*), sum(net_amount), max(ordered_at)")));
        }
        Ok(Ok(Self { text: text.to_owned() }))
    }

    /// The aggregate in brackets, ready for a query.
    pub fn sql(&self) -> String {
        Expression::bracketed(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Engine, EngineOptions};

    fn problem(text: &'static str) -> Option<ExpressionProblem> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let parsed = runtime.block_on(async {
            let engine = Engine::open(EngineOptions::default()).await.unwrap();
            engine.run(move |session| Aggregate::parse(session, text)).await
        });
        parsed.unwrap().err()
    }

    #[test]
    fn what_folds_rows_in_any_order_is_let_through() {
        for text in [
            "count(*)",
            "count(*) > 0",
            "count(DISTINCT product_id) FILTER (WHERE category = 'Tea')",
            "coalesce(round(sum(net_amount) / count(*), 2), 0)",
            "CASE WHEN max(occurred_at) > DATE '2025-01-01' THEN 'new' ELSE 'old' END",
        ] {
            assert_eq!(problem(text), None, "{text}");
        }
    }

    #[test]
    fn what_has_a_value_for_each_row_is_no_aggregate() {
        for text in ["net_amount", "upper(category)", "1"] {
            assert!(problem(text).unwrap().message.contains("no aggregate"), "{text}");
        }
    }

    #[test]
    fn what_depends_on_the_order_of_rows_is_refused_at_its_place() {
        let found = problem("1 + first(net_amount)").unwrap();
        assert!(found.message.contains("order of rows"), "{}", found.message);
        assert_eq!(found.position, Some(4));
        for text in ["string_agg(category, ',')", "any_value(event)", "list(event)", "arg_max(event, occurred_at)"] {
            assert!(problem(text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_reaches_further_than_the_rows_is_refused() {
        for text in [
            "count(*) + random()",
            "sum(net_amount) OVER ()",
            "(SELECT count(*) FROM customers)",
            "count(*) FROM orders; DROP TABLE orders",
            "max(now())",
        ] {
            assert!(problem(text).is_some(), "{text}");
        }
    }
}
