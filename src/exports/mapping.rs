//! The mapped side of an export: canonical columns as expressions over raw ones.

use std::collections::BTreeSet;

use super::reading::{Raw, typed_text};
use super::{CanonicalColumn, ExportError, Relation};
use crate::engine::{EngineError, Expression, Session, quote_identifier};

/// One column of the bound relation.
#[derive(Debug)]
pub(super) struct Mapped {
    pub(super) name: String,
    /// The type to cast to; none keeps what the expression gives.
    pub(super) sql_type: Option<&'static str>,
    pub(super) required: bool,
    expression: Expression,
}

/// A mapping of raw columns to a relation, checked against the files.
#[derive(Debug)]
pub(super) struct Mapping {
    pub(super) columns: Vec<Mapped>,
    typed: BTreeSet<String>,
}

impl Mapping {
    /// Resolves every column of the relation: mapped, or a raw column of the same name; and, where the relation hands
    /// on other columns, all the rest.
    pub(super) fn resolve(
        session: &Session,
        relation: Relation,
        raw: &Raw,
        given: &[(String, String)],
        required_too: &[&str],
    ) -> Result<Self, ExportError> {
        let mut columns = Vec::new();
        for canonical in relation.columns() {
            let required = canonical.required || required_too.contains(&canonical.name);
            if let Some(text) = expression_for(raw, given, canonical, required, relation)? {
                let expression = parse(session, relation, canonical.name, &text)?;
                let name = canonical.name.to_owned();
                columns.push(Mapped { name, sql_type: Some(canonical.sql_type), required, expression });
            }
        }
        for (name, text) in others(relation, raw, given) {
            let expression = parse(session, relation, &name, &text)?;
            columns.push(Mapped { name, sql_type: None, required: false, expression });
        }
        let mapping = Self { typed: computed_with(raw, &columns), columns };
        mapping.bind(session, relation, raw)?;
        Ok(mapping)
    }

    /// Binds expression by expression, so that an error names its column.
    fn bind(&self, session: &Session, relation: Relation, raw: &Raw) -> Result<(), ExportError> {
        for column in &self.columns {
            const PREFIX: &str = "SELECT ";
            let query = format!("{PREFIX}{} FROM {}", column.expression.sql(), self.source(raw));
            session.describe(&query).map_err(|error| sql_error(relation, &column.name, error, PREFIX.len() + 1))?;
            if let Some(sql_type) = column.sql_type {
                let query = format!("SELECT CAST({} AS {sql_type}) FROM {}", column.expression.sql(), self.source(raw));
                session.describe(&query).map_err(|error| sql_error(relation, &column.name, error, usize::MAX))?;
            }
        }
        Ok(())
    }

    /// The raw relation: for texts, typed where an expression computes with a column, with the text itself beside it.
    fn source(&self, raw: &Raw) -> String {
        if !raw.is_text {
            return raw.source.clone();
        }
        let columns: Vec<String> = raw
            .columns
            .iter()
            .map(|column| {
                let name = quote_identifier(&column.name);
                let text = quote_identifier(&text_of(&column.name));
                let value = if self.typed.contains(&column.name) { typed_text(column) } else { name.clone() };
                format!("{value} AS {name}, {name} AS {text}")
            })
            .collect();
        format!("(SELECT {} FROM {})", columns.join(", "), raw.source)
    }

    /// A query with the canonical columns, for rows that are known to be good.
    pub(super) fn clean_query(&self, raw: &Raw) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("{} AS {}", self.value(raw, column), quote_identifier(&column.name)))
            .collect();
        format!("SELECT {} FROM {}", columns.join(", "), self.source(raw))
    }

    /// A query with the canonical columns and a last column `problem`: the first reason why a row is bad, or NULL.
    pub(super) fn checked_query(&self, raw: &Raw) -> String {
        let mut columns = Vec::new();
        let mut problems = String::new();
        for column in &self.columns {
            let name = quote_identifier(&column.name);
            columns.push(format!("TRY({}) AS {name}", self.value(raw, column)));
            if self.can_be_unparsable(column) {
                let flag = quote_identifier(&format!("unparsable {}", column.name));
                columns.push(format!("{} AS {flag}", self.unparsable(raw, column)));
                problems.push_str(&format!(" WHEN {flag} THEN 'unparsable {}'", column.name));
            }
            if column.required {
                let absent = match column.sql_type {
                    Some("VARCHAR") => format!("nullif(trim({name}), '') IS NULL"),
                    _ => format!("{name} IS NULL"),
                };
                problems.push_str(&format!(" WHEN {absent} THEN 'missing {}'", column.name));
            }
        }
        let names: Vec<String> = self.columns.iter().map(|column| quote_identifier(&column.name)).collect();
        let problem = if problems.is_empty() { "NULL".to_owned() } else { format!("CASE{problems} END") };
        format!(
            "SELECT {}, CAST({problem} AS VARCHAR) AS problem FROM (SELECT {} FROM {})",
            names.join(", "),
            columns.join(", "),
            self.source(raw)
        )
    }

    /// Times, amounts and flags can be unparsable; a text is what it is.
    fn can_be_unparsable(&self, column: &Mapped) -> bool {
        column.sql_type.is_some_and(|sql_type| sql_type != "VARCHAR")
    }

    /// True where the raw side has something and the canonical side has nothing, or where a text that takes part in
    /// the expression is not what its column's type says.
    fn unparsable(&self, raw: &Raw, column: &Mapped) -> String {
        let named = column.expression.columns().iter().filter_map(|name| raw.find(name));
        let mut present = Vec::new();
        let mut broken = Vec::new();
        for raw_column in named {
            let name = quote_identifier(&raw_column.name);
            if raw.is_text {
                let text = format!("nullif(trim({}), '') IS NOT NULL", quote_identifier(&text_of(&raw_column.name)));
                if self.typed.contains(&raw_column.name) {
                    broken.push(format!("({name} IS NULL AND {text})"));
                }
                present.push(text);
            } else {
                present.push(format!("{name} IS NOT NULL"));
            }
        }
        let lost = match present.is_empty() {
            true => "false".to_owned(),
            false => format!("(TRY({}) IS NULL AND ({}))", self.value(raw, column), present.join(" OR ")),
        };
        broken.insert(0, lost);
        broken.join(" OR ")
    }

    fn value(&self, raw: &Raw, column: &Mapped) -> String {
        let text = column.expression.bare_column().filter(|_| raw.is_text).and_then(|name| raw.find(name));
        let value = match (text, column.sql_type) {
            // A column taken as it is goes from its text straight to its type.
            (Some(text), Some("VARCHAR")) => quote_identifier(&text_of(&text.name)),
            (Some(text), Some(_)) => format!("nullif(trim({}), '')", quote_identifier(&text_of(&text.name))),
            _ => column.expression.sql(),
        };
        match column.sql_type {
            Some(sql_type) => format!("CAST({value} AS {sql_type})"),
            None => value,
        }
    }
}

/// The name under which the untyped text of a CSV column stays reachable.
fn text_of(column: &str) -> String {
    format!("text of {column}")
}

fn expression_for(
    raw: &Raw,
    given: &[(String, String)],
    canonical: &CanonicalColumn,
    required: bool,
    relation: Relation,
) -> Result<Option<String>, ExportError> {
    if let Some((_, text)) = given.iter().find(|(name, _)| name == canonical.name) {
        return Ok(Some(text.clone()));
    }
    match raw.find(canonical.name) {
        Some(column) => Ok(Some(quote_identifier(&column.name))),
        None if required => Err(ExportError::MissingColumn {
            relation: relation.name(),
            column: canonical.name.to_owned(),
            available: raw.names(),
        }),
        // Attribute queries may read every optional column; whether a customer has given consent at all is another
        // matter, so there a column that nobody maps does not exist.
        None if relation != Relation::Customers => Ok(Some("NULL".to_owned())),
        None => Ok(None),
    }
}

/// Columns beside the canonical ones: mapped ones always, raw ones where the relation hands them on.
fn others(relation: Relation, raw: &Raw, given: &[(String, String)]) -> Vec<(String, String)> {
    let canonical = |name: &str| relation.columns().iter().any(|column| column.name.eq_ignore_ascii_case(name));
    let mut columns: Vec<(String, String)> = given.iter().filter(|(name, _)| !canonical(name)).cloned().collect();
    if relation.passes_other_columns() {
        for column in &raw.columns {
            let taken = columns.iter().any(|(name, _)| name.eq_ignore_ascii_case(&column.name));
            if !taken && !canonical(&column.name) {
                columns.push((column.name.clone(), quote_identifier(&column.name)));
            }
        }
    }
    columns
}

/// The raw columns of a CSV that expressions compute numbers, times or flags with.
fn computed_with(raw: &Raw, columns: &[Mapped]) -> BTreeSet<String> {
    let computes = |column: &&Mapped| {
        column.expression.bare_column().is_none() && column.sql_type.is_some_and(|sql_type| sql_type != "VARCHAR")
    };
    let names = columns.iter().filter(computes).flat_map(|column| column.expression.columns());
    names.filter_map(|name| raw.find(name)).map(|column| column.name.clone()).collect()
}

fn parse(session: &Session, relation: Relation, column: &str, text: &str) -> Result<Expression, ExportError> {
    let relation = relation.name();
    let parsed = Expression::parse(session, text).map_err(|source| ExportError::Engine { relation, source })?;
    parsed.map_err(|problem| ExportError::Expression {
        relation,
        column: column.to_owned(),
        message: problem.message,
        position: problem.position,
        hint: problem.hint,
    })
}

fn sql_error(relation: Relation, column: &str, error: EngineError, offset: usize) -> ExportError {
    let position = error.position.and_then(|at| at.checked_sub(offset));
    let mut lines = error.message.lines();
    let message = lines.next().unwrap_or_default().to_owned();
    let hint = lines.find(|line| line.starts_with("Candidate bindings")).map(str::to_owned);
    ExportError::Expression { relation: relation.name(), column: column.to_owned(), message, position, hint }
}
