//! The mapped side of an export: canonical columns as expressions over raw ones, bound one by one.

use std::collections::{BTreeMap, BTreeSet};

use super::reading::Raw;
use super::typing::TextType;
use super::{CanonicalColumn, ExportError, Relation, binding_error, casts, typing};
use crate::engine::{Expression, Session, quote_identifier};

/// One column of the bound relation.
#[derive(Debug)]
pub(super) struct Mapped {
    pub(super) name: String,
    /// The type to cast to; none keeps what the expression gives.
    pub(super) sql_type: Option<&'static str>,
    pub(super) required: bool,
    pub(super) expression: Expression,
    /// Whether the expression computes with the types of text columns rather than with the texts.
    pub(super) reads_typed: bool,
    /// The type that the expression gives.
    pub(super) found: String,
    /// Whether there can be rows that it fails for.
    pub(super) can_fail: bool,
}

impl Mapped {
    fn is_text(&self) -> bool {
        self.sql_type.is_none_or(|sql_type| sql_type == "VARCHAR")
    }
}

/// A mapping of raw columns to a relation, checked against the files.
#[derive(Debug)]
pub(super) struct Mapping {
    pub(super) columns: Vec<Mapped>,
    /// The types of those text columns that expressions compute with.
    pub(super) types: BTreeMap<String, TextType>,
}

/// The columns of the files, without rows: expressions are bound without opening a file again.
const SHAPE: &str = "\"lapwing shape\"";

impl Mapping {
    /// Resolves every column of the relation: mapped, or a raw column of the same name; and, where the relation hands
    /// on other columns, all the rest. With `sample`, text columns are typed by their first rows.
    pub(super) fn resolve(
        session: &Session,
        relation: Relation,
        raw: &Raw,
        given: &[(String, String)],
        required_too: &[&str],
        sample: bool,
    ) -> Result<Self, ExportError> {
        let mut columns = Vec::new();
        for canonical in relation.columns() {
            let required = canonical.required || required_too.contains(&canonical.name);
            if let Some(text) = expression_for(raw, given, canonical, required, relation)? {
                let expression = parse(session, relation, canonical.name, &text)?;
                columns.push(mapped(canonical.name, Some(canonical.sql_type), required, expression));
            }
        }
        for (name, text) in others(relation, raw, given) {
            let expression = parse(session, relation, &name, &text)?;
            columns.push(mapped(&name, None, false, expression));
        }
        let mut mapping = Self { columns, types: BTreeMap::new() };
        mapping.bind(session, relation, raw, sample)?;
        Ok(mapping)
    }

    /// Binds expression by expression, so that an error names its column.
    fn bind(&mut self, session: &Session, relation: Relation, raw: &Raw, sample: bool) -> Result<(), ExportError> {
        let unreadable = |source| ExportError::Unreadable { relation: relation.name(), source };
        let shape = format!("CREATE OR REPLACE TEMP TABLE {SHAPE} AS SELECT * FROM {} LIMIT 0", raw.source);
        session.run_script(&shape).map_err(unreadable)?;
        let computed = computed_with(session, raw, &self.columns);
        self.types = typing::of_texts(session, raw, &computed, sample).map_err(unreadable)?;
        let typed: Vec<String> = raw.columns.iter().map(|column| self.typed(&column.name)).collect();
        let typed = format!("(SELECT {} FROM {SHAPE})", typed.join(", "));
        for column in &mut self.columns {
            bind_one(session, relation, raw, &typed, column)?;
        }
        Ok(())
    }

    /// A text column as the type that expressions compute with.
    pub(super) fn typed(&self, column: &str) -> String {
        let name = quote_identifier(column);
        match self.types.get(column) {
            Some(kind) => format!("{} AS {name}", kind.read(&format!("nullif(trim({name}), '')"))),
            None => name,
        }
    }
}

fn mapped(name: &str, sql_type: Option<&'static str>, required: bool, expression: Expression) -> Mapped {
    Mapped {
        name: name.to_owned(),
        sql_type,
        required,
        expression,
        reads_typed: false,
        found: String::new(),
        can_fail: true,
    }
}

/// In a text file, an expression for a text is over texts, any other over types, wherever it binds so: `'A' || id` keeps
/// the zeros of `id`, and `total - tax` subtracts. `replace(total, ',', '.')` takes texts all the same. In a typed file,
/// a text is a text unless nothing else helps.
fn bind_one(
    session: &Session,
    relation: Relation,
    raw: &Raw,
    typed: &str,
    column: &mut Mapped,
) -> Result<(), ExportError> {
    let orders: &[bool] = match (column.expression.bare_column().is_none(), raw.is_text && !column.is_text()) {
        (false, _) => &[false],
        (true, false) => &[false, true],
        (true, true) => &[true, false],
    };
    let mut first_error = None;
    for reads_typed in orders {
        let from = if *reads_typed { typed } else { SHAPE };
        let query = format!("{}{}\n) FROM {from}", binding_error::PREFIX, column.expression.text());
        let found = session.describe(&query).map_err(|error| binding_error::of(relation, column, raw, &error));
        let found = found.map(|columns| columns.into_iter().next().map(|column| column.sql_type).unwrap_or_default());
        let fitting = found.and_then(|sql_type| {
            let fits = casts::fits(&sql_type, column.sql_type);
            if fits { Ok(sql_type) } else { Err(binding_error::wrong_type(relation, column, &sql_type)) }
        });
        match fitting {
            Ok(sql_type) => {
                column.reads_typed = *reads_typed;
                column.can_fail = casts::can_fail(&column.expression, &sql_type, column.sql_type);
                column.found = sql_type;
                return Ok(());
            }
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    first_error.map_or(Ok(()), Err)
}

/// The text columns whose types matter: those that a number, a time or a flag is computed with in a text file, and
/// those of an expression that can't be computed from texts.
fn computed_with(session: &Session, raw: &Raw, columns: &[Mapped]) -> BTreeSet<String> {
    let binds = |column: &Mapped| {
        session.describe(&format!("{}{}\n) FROM {SHAPE}", binding_error::PREFIX, column.expression.text())).is_ok()
    };
    let computes = |column: &&Mapped| {
        column.expression.bare_column().is_none() && (raw.is_text && !column.is_text() || !binds(column))
    };
    let names = columns.iter().filter(computes).flat_map(|column| column.expression.columns());
    let texts = names.filter_map(|name| raw.find(name)).filter(|column| column.sql_type == "VARCHAR");
    texts.map(|column| column.name.clone()).collect()
}

fn expression_for(
    raw: &Raw,
    given: &[(String, String)],
    canonical: &CanonicalColumn,
    required: bool,
    relation: Relation,
) -> Result<Option<String>, ExportError> {
    if let Some((_, text)) = given.iter().find(|(name, _)| name.eq_ignore_ascii_case(canonical.name)) {
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
