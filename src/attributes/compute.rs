//! Running a plan: the queries go through the engine, and `attributes` comes out.

use crate::engine::{EngineError, Param, Session, quote_identifier};

use super::pack::{PackQuery, Parameter, Problem, Relations};
use super::segment_history::{BEFORE, KNOWN};
use super::step::Step;
use super::{DUCKDB_DIALECT, Plan};

/// The relations that attribute queries may read where they are bound: exports, and the history of segments.
const READ: [&str; 8] = ["customers", "orders", "order_lines", "products", "messages", "events", BEFORE, KNOWN];

/// Looks up which exports are bound, and the history of segments, and with which columns.
///
/// # Errors
/// [`EngineError`] of the look-up.
pub fn bound_relations(session: &Session) -> Result<Relations, EngineError> {
    let mut relations = Relations::default();
    for (name, columns) in session.relations(&READ)? {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        relations = relations.with(&name, &columns);
    }
    Ok(relations)
}

/// What came of a plan, beside the relation `attributes`.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The columns of the customers export that `attributes` has under their own names.
    pub customer_columns: Vec<String>,
    /// What could not be calculated from these rows, and why.
    pub warnings: Vec<Problem>,
}

/// Runs the plan. Afterwards the temporary table `attributes` has one row a customer: the columns of the plan, and
/// those of the customers export under their own names, where no attribute has that name.
///
/// # Errors
/// [`EngineError`] of the step that failed.
pub fn compute(session: &Session, plan: &Plan) -> Result<Outcome, EngineError> {
    session.run_script(DUCKDB_DIALECT)?;
    let mut outcome = Outcome::default();
    for step in &plan.steps {
        match step {
            Step::Query(query) => materialise(session, &query.relation, &query.sql, query)?,
            Step::Calculation(calculation) => outcome.warnings.extend(calculation.run(session)?),
        }
    }
    let (joined, own) = (&plan.joined, customer_columns(session, plan)?);
    let sql = if own.is_empty() { joined.sql.clone() } else { with_customer_columns(&joined.sql, &own) };
    materialise(session, &joined.relation, &sql, joined)?;
    // What only served the join would stand in the way of the diff's memory.
    for step in &plan.steps {
        session.drop_table(step.relation())?;
    }
    outcome.customer_columns = own;
    Ok(outcome)
}

fn materialise(session: &Session, relation: &str, sql: &str, query: &PackQuery) -> Result<(), EngineError> {
    let name = quote_identifier(relation);
    session.execute(&format!("CREATE OR REPLACE TEMP TABLE {name} AS {sql}"), &params(query))?;
    Ok(())
}

/// The parameters of a query as the engine binds them.
pub(super) fn params(query: &PackQuery) -> Vec<(&str, Param)> {
    query.parameters.iter().map(|(name, value)| (name.as_str(), param(value))).collect()
}

fn param(parameter: &Parameter) -> Param {
    match parameter {
        Parameter::Int(value) => Param::Int(*value),
        Parameter::Float(value) => Param::Float(*value),
        Parameter::Text(value) => Param::Text(value.clone()),
        Parameter::Timestamp(value) => Param::Timestamp(*value),
        Parameter::Bool(value) => Param::Bool(*value),
    }
}

fn customer_columns(session: &Session, plan: &Plan) -> Result<Vec<String>, EngineError> {
    let is_attribute = |name: &str| plan.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    let columns = session.relations(&["customers"])?.into_iter().flat_map(|(_, columns)| columns);
    Ok(columns.filter(|name| !is_attribute(name)).collect())
}

fn with_customer_columns(attributes: &str, columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|name| format!("customers.{}", quote_identifier(name))).collect();
    format!(
        "SELECT derived.*, {} FROM ({attributes}) AS derived LEFT JOIN customers ON customers.customer_id = derived.customer_id",
        columns.join(", ")
    )
}
