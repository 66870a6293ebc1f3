//! The snapshot: the rows that a sync wants at the destination now.

use lapwing_contract::FieldType;

use super::spelling::hashed;
use super::{MappedField, PlanError, SyncSpec};
use crate::config::sync_file::Hash;
use crate::engine::{EngineError, Expression, Session, field_type};
use crate::ledger::FieldColumn;

/// The type of a mapped field, as the engine derived it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldShape {
    /// The type in the ledger.
    pub sql_type: String,
    /// The type for the connector.
    pub field_type: FieldType,
}

/// Counts of a snapshot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Rows with a key.
    pub rows: u64,
    /// Rows of the audience without a key: they can't be delivered anywhere.
    pub without_key: u64,
    /// Rows whose key several customers share: nobody knows whose values are right, so none is sent.
    pub shared_key: u64,
}

/// Derives the type of every field, and checks that all expressions bind.
///
/// # Errors
/// [`PlanError::Expression`], [`PlanError::Type`] and [`PlanError::Hash`], for the first field at fault.
pub fn field_shapes(session: &Session, spec: &SyncSpec) -> Result<Vec<FieldShape>, PlanError> {
    let places = [
        Some(("key", &spec.key)),
        spec.audience.as_ref().map(|audience| ("audience", audience)),
        spec.order_by.as_ref().map(|(order, _)| ("order_by", order)),
    ];
    let fields = spec.fields.iter().map(|field| (field.name.as_str(), &field.value));
    let all: Vec<(&str, &Expression)> = places.into_iter().flatten().chain(fields).collect();
    let types = match types_at_once(session, &all) {
        Some(types) => types,
        // One by one, so that an error names its place.
        None => all.iter().map(|(place, value)| sql_type(session, spec, place, value)).collect::<Result<_, _>>()?,
    };
    let key_is_text = types.first().is_none_or(|found| field_type(found) == Some(FieldType::Text));
    if let (Some(_), false, Some(sql_type)) = (spec.hash_key, key_is_text, types.first()) {
        return Err(PlanError::Hash { sync: spec.name.clone(), place: "key".to_owned(), sql_type: sql_type.clone() });
    }
    let of_fields = types.into_iter().skip(all.len() - spec.fields.len());
    let shape = |(field, found): (&MappedField, String)| {
        let refused =
            || PlanError::Type { sync: spec.name.clone(), field: field.name.clone(), sql_type: found.clone() };
        let field_type = field_type(&found).ok_or_else(refused)?;
        if field.hash.is_some() && field_type != FieldType::Text {
            return Err(PlanError::Hash { sync: spec.name.clone(), place: field.name.clone(), sql_type: found });
        }
        Ok(FieldShape { sql_type: ledger_type(&found, &field_type), field_type })
    };
    spec.fields.iter().zip(of_fields).map(shape).collect()
}

/// The types of all expressions, where all of them bind.
fn types_at_once(session: &Session, all: &[(&str, &Expression)]) -> Option<Vec<String>> {
    let expressions: Vec<String> = all.iter().map(|(_, value)| value.sql()).collect();
    let columns = session.describe(&format!("SELECT {} FROM attributes", expressions.join(", "))).ok()?;
    (columns.len() == all.len()).then(|| columns.into_iter().map(|column| column.sql_type).collect())
}

fn sql_type(session: &Session, spec: &SyncSpec, place: &str, value: &Expression) -> Result<String, PlanError> {
    const PREFIX: &str = "SELECT ";
    let query = format!("{PREFIX}{} FROM attributes", value.sql());
    match session.describe(&query) {
        Ok(columns) => Ok(columns.into_iter().next().map(|column| column.sql_type).unwrap_or_default()),
        Err(error) => Err(expression_error(spec, place, &error, PREFIX.len() + 1)),
    }
}

fn expression_error(spec: &SyncSpec, place: &str, error: &EngineError, offset: usize) -> PlanError {
    let mut lines = error.message.lines();
    PlanError::Expression {
        sync: spec.name.clone(),
        place: place.to_owned(),
        message: lines.next().unwrap_or_default().to_owned(),
        position: error.position.and_then(|at| at.checked_sub(offset)),
        hint: lines.find(|line| line.starts_with("Candidate bindings")).map(str::to_owned),
    }
}

/// Fewer types in the ledger than in SQL, so that a harmless change of a width retypes nothing.
fn ledger_type(sql_type: &str, field_type: &FieldType) -> String {
    match field_type {
        FieldType::Bool => "BOOLEAN".to_owned(),
        FieldType::Int => "BIGINT".to_owned(),
        FieldType::Decimal if sql_type.starts_with("DECIMAL") => sql_type.to_owned(),
        // The widest whole numbers have 39 digits, one more than any DECIMAL.
        FieldType::Decimal if sql_type == "HUGEINT" => sql_type.to_owned(),
        FieldType::Decimal => "DECIMAL(38,0)".to_owned(),
        FieldType::Float => "DOUBLE".to_owned(),
        FieldType::Text => "VARCHAR".to_owned(),
        FieldType::Date => "DATE".to_owned(),
        FieldType::Timestamp => "TIMESTAMP".to_owned(),
        FieldType::Json => "JSON".to_owned(),
        FieldType::List(of) => {
            format!("{}[]", ledger_type(sql_type.strip_suffix("[]").unwrap_or(sql_type), of))
        }
    }
}

/// Makes the temporary table `snapshot`: key, rank, conflict, and `v<n>` for every field.
///
/// # Errors
/// [`PlanError::Engine`] where an expression fails on the rows.
pub fn take_snapshot(
    session: &Session,
    spec: &SyncSpec,
    shapes: &[FieldShape],
    columns: &[FieldColumn],
) -> Result<Snapshot, PlanError> {
    let sql = snapshot_sql(spec, shapes, columns);
    session.run_script(&format!("CREATE OR REPLACE TEMP TABLE snapshot AS {sql}"))?;
    let counts = "SELECT count(*), count(key), count(DISTINCT key) FROM snapshot";
    let (all, keyed, distinct) = session.one(counts, &[], |row| Ok((row.count(0)?, row.count(1)?, row.count(2)?)))?;
    if all > keyed {
        session.run_script("DELETE FROM snapshot WHERE key IS NULL")?;
    }
    let mut shared_key = 0;
    if distinct < keyed {
        session.run_script(include_str!("shared_keys.sql"))?;
    }
    if distinct < keyed || spec.limit.is_some() {
        shared_key = session.one("SELECT count(*) FROM snapshot WHERE conflict", &[], |row| row.count(0))?;
    }
    Ok(Snapshot { rows: keyed, without_key: all - keyed, shared_key })
}

/// A column beside those of the attributes; no expression of a user's names it.
const SHARED: &str = "\"the key is shared\"";

fn snapshot_sql(spec: &SyncSpec, shapes: &[FieldShape], columns: &[FieldColumn]) -> String {
    let key = key_sql(spec);
    let values: Vec<String> = spec
        .fields
        .iter()
        .zip(shapes)
        .zip(columns)
        .map(|((field, shape), column)| format!(",\n    {} AS v{}", delivered(field, shape), column.column_no))
        .collect();
    let audience =
        spec.audience.as_ref().map_or_else(String::new, |audience| format!(" WHERE {}", audience_sql(audience)));
    let order = order_sql(spec);
    let order_or_id = order.as_deref().unwrap_or("customer_id");
    // Who shares a key is decided before the limit is, so that the limit counts records, and never decides whose values
    // are right.
    let first = if spec.keep_first_of_shared_key {
        format!(" QUALIFY {key} IS NULL OR row_number() OVER (PARTITION BY {key} ORDER BY {order_or_id}) = 1")
    } else {
        String::new()
    };
    let (shared, conflict) = if spec.limit.is_some() && !spec.keep_first_of_shared_key {
        (format!(", count(*) OVER (PARTITION BY {key}) > 1 AS {SHARED}"), SHARED)
    } else {
        (String::new(), "false")
    };
    // Rows without a key come last, so that they never take a place within the limit.
    let limit =
        spec.limit.map_or_else(String::new, |limit| format!(" ORDER BY {key} IS NULL, {order_or_id} LIMIT {limit}"));
    let rank =
        order.as_ref().map_or_else(|| "NULL".to_owned(), |order| format!("row_number() OVER (ORDER BY {order})"));
    format!(
        "SELECT\n    {key} AS key,\n    CAST({rank} AS BIGINT) AS rank,\n    {conflict} AS conflict{}\n\
         FROM (SELECT *{shared} FROM attributes{audience}{first}{limit}) AS attributes",
        values.concat()
    )
}

/// The key as the ledger has it: a text, in lower case where the vendor tells no cases apart, or its hash.
pub(super) fn key_sql(spec: &SyncSpec) -> String {
    if let Some(Hash::Sha256) = spec.hash_key {
        return hashed(&spec.key.sql());
    }
    let key = format!("nullif(trim(CAST({} AS VARCHAR)), '')", spec.key.sql());
    if spec.fold_key_case { format!("lower({key})") } else { key }
}

/// The condition of the audience.
pub(super) fn audience_sql(audience: &Expression) -> String {
    format!("coalesce(CAST({} AS BOOLEAN), false)", audience.sql())
}

/// The order of a sync, where it has one.
pub(super) fn order_sql(spec: &SyncSpec) -> Option<String> {
    spec.order_by.as_ref().map(|(order, descending)| {
        let direction = if *descending { "DESC" } else { "ASC" };
        format!("{} {direction} NULLS LAST, customer_id", order.sql())
    })
}

/// A value as it is delivered: in the ledger's type, and floating-point numbers rounded to six decimals (below
/// one, to twelve), so that the order of a parallel sum never looks like a change. What is not a number is no value.
pub(super) fn delivered(field: &MappedField, shape: &FieldShape) -> String {
    let value = field.value.sql();
    if let Some(Hash::Sha256) = field.hash {
        return hashed(&value);
    }
    match shape.field_type {
        FieldType::Float => {
            let number = format!("CAST({value} AS DOUBLE)");
            format!(
                "CASE WHEN NOT isfinite({number}) THEN NULL WHEN abs({number}) < 1 THEN round({number}, 12) \
                 ELSE round({number}, 6) END"
            )
        }
        _ => format!("CAST({value} AS {})", shape.sql_type),
    }
}
