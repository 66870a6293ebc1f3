//! Running a plan: the queries go through the engine, and `attributes` comes out.

use crate::engine::{EngineError, Param, Session, quote_identifier};

use super::pack::{PackQuery, Parameter, Relations};
use super::{DUCKDB_DIALECT, Plan};

/// The relations of exports that attribute queries may read.
const EXPORTED: [&str; 6] = ["customers", "orders", "order_lines", "products", "messages", "events"];

/// Looks up which exports are bound, and with which columns.
///
/// # Errors
/// [`EngineError`] of the look-up.
pub fn bound_relations(session: &Session) -> Result<Relations, EngineError> {
    let mut relations = Relations::default();
    for (name, columns) in session.relations(&EXPORTED)? {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        relations = relations.with(&name, &columns);
    }
    Ok(relations)
}

/// Runs the plan. Afterwards the temporary table `attributes` has one row a customer: the columns of the plan, and
/// those of the customers export under their own names, where no attribute has that name. Gives the names of the latter.
///
/// # Errors
/// [`EngineError`] of the query that failed.
pub fn compute(session: &Session, plan: &Plan) -> Result<Vec<String>, EngineError> {
    session.run_script(DUCKDB_DIALECT)?;
    let Some((last, earlier)) = plan.queries.split_last() else { return Ok(Vec::new()) };
    for query in earlier {
        materialise(session, &query.relation, &query.sql, query)?;
    }
    let own = customer_columns(session, plan)?;
    let sql = if own.is_empty() { last.sql.clone() } else { with_customer_columns(&last.sql, &own) };
    materialise(session, "attributes", &sql, last)?;
    // What only served the join would stand in the way of the diff's memory.
    for query in earlier {
        session.drop_table(&query.relation)?;
    }
    Ok(own)
}

fn materialise(session: &Session, relation: &str, sql: &str, query: &PackQuery) -> Result<(), EngineError> {
    let name = quote_identifier(relation);
    let params: Vec<(&str, Param)> =
        query.parameters.iter().map(|(name, value)| (name.as_str(), param(value))).collect();
    session.execute(&format!("CREATE OR REPLACE TEMP TABLE {name} AS {sql}"), &params)?;
    Ok(())
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
