//! The mapped side of an export: canonical columns as expressions over raw ones, bound one by one.

use std::collections::{BTreeMap, BTreeSet};

use super::reading::Raw;
use super::typing::TextType;
use super::{CanonicalColumn, ExportError, Relation, binding_error, casts, typing};
use crate::engine::{EngineError, Expression, Session, quote_identifier};

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
            if let Some(wanted) = expression_for(raw, given, canonical, required, relation)? {
                let expression = wanted.expression(session, relation, canonical.name)?;
                columns.push(mapped(canonical.name, Some(canonical.sql_type), required, expression));
            }
        }
        for (name, wanted) in others(relation, raw, given) {
            let expression = wanted.expression(session, relation, &name)?;
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
        let plain = types_at_once(session, raw, &self.columns);
        let computed = computed_with(session, raw, &self.columns, plain.is_some());
        self.types = typing::of_texts(session, raw, &computed, sample).map_err(unreadable)?;
        let typed: Vec<String> = raw.columns.iter().map(|column| self.typed(&column.name)).collect();
        let typed = format!("(SELECT {} FROM {SHAPE})", typed.join(", "));
        let mut plain = plain.unwrap_or_default();
        for column in &mut self.columns {
            let known = plain.remove(&column.name);
            bind_one(session, relation, raw, &typed, column, known)?;
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

/// Over what a column's expression is tried, first to last: the raw columns (false) or their types (true).
fn orders(column: &Mapped, raw: &Raw) -> &'static [bool] {
    match (column.expression.bare_column().is_none(), raw.is_text && !column.is_text()) {
        (false, _) => &[false],
        (true, false) => &[false, true],
        (true, true) => &[true, false],
    }
}

/// The types of all expressions that are tried over the raw columns first, by column; none where any of them does not
/// bind. One question instead of one a column.
fn types_at_once(session: &Session, raw: &Raw, columns: &[Mapped]) -> Option<BTreeMap<String, String>> {
    let plain: Vec<&Mapped> = columns.iter().filter(|column| !orders(column, raw)[0]).collect();
    let expressions: Vec<String> = plain.iter().map(|column| column.expression.sql()).collect();
    if expressions.is_empty() {
        return Some(BTreeMap::new());
    }
    let found = session.describe(&format!("SELECT {} FROM {SHAPE}", expressions.join(", "))).ok()?;
    Some(plain.iter().map(|column| column.name.clone()).zip(found.into_iter().map(|column| column.sql_type)).collect())
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
    mut known: Option<String>,
) -> Result<(), ExportError> {
    let mut first_error = None;
    for reads_typed in orders(column, raw) {
        let found = match known.take() {
            Some(sql_type) => Ok(sql_type),
            None => type_over(session, column, if *reads_typed { typed } else { SHAPE })
                .map_err(|error| binding_error::of(relation, column, raw, &error)),
        };
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

fn type_over(session: &Session, column: &Mapped, from: &str) -> Result<String, EngineError> {
    let query = format!("{}{}\n) FROM {from}", binding_error::PREFIX, column.expression.text());
    Ok(session.describe(&query)?.into_iter().next().map(|column| column.sql_type).unwrap_or_default())
}

/// The text columns whose types matter: those that a number, a time or a flag is computed with in a text file, and
/// those of an expression that can't be computed from texts.
fn computed_with(session: &Session, raw: &Raw, columns: &[Mapped], all_bind: bool) -> BTreeSet<String> {
    let binds = |column: &Mapped| all_bind || type_over(session, column, SHAPE).is_ok();
    let computes = |column: &&Mapped| {
        column.expression.bare_column().is_none() && (raw.is_text && !column.is_text() || !binds(column))
    };
    let names = columns.iter().filter(computes).flat_map(|column| column.expression.columns());
    let texts = names.filter_map(|name| raw.find(name)).filter(|column| column.sql_type == "VARCHAR");
    texts.map(|column| column.name.clone()).collect()
}

/// What a column of the relation is made of.
enum Wanted {
    /// An expression of the user's.
    Text(String),
    /// A raw column as it is.
    Column(String),
    /// NULL: nobody maps it.
    Nothing,
}

impl Wanted {
    fn expression(&self, session: &Session, relation: Relation, column: &str) -> Result<Expression, ExportError> {
        match self {
            Self::Text(text) => parse(session, relation, column, text),
            Self::Column(name) => Ok(Expression::column(name)),
            Self::Nothing => Ok(Expression::null()),
        }
    }
}

fn expression_for(
    raw: &Raw,
    given: &[(String, String)],
    canonical: &CanonicalColumn,
    required: bool,
    relation: Relation,
) -> Result<Option<Wanted>, ExportError> {
    if let Some((_, text)) = given.iter().find(|(name, _)| name.eq_ignore_ascii_case(canonical.name)) {
        return Ok(Some(Wanted::Text(text.clone())));
    }
    match raw.find(canonical.name) {
        Some(column) => Ok(Some(Wanted::Column(column.name.clone()))),
        None if required => Err(ExportError::MissingColumn {
            relation: relation.name(),
            column: canonical.name.to_owned(),
            available: raw.names(),
        }),
        // Attribute queries may read every optional column; whether a customer has given consent at all is another
        // matter, so there a column that nobody maps does not exist.
        None if relation != Relation::Customers => Ok(Some(Wanted::Nothing)),
        None => Ok(None),
    }
}

/// Columns beside the canonical ones: mapped ones always, raw ones where the relation hands them on.
fn others(relation: Relation, raw: &Raw, given: &[(String, String)]) -> Vec<(String, Wanted)> {
    let canonical = |name: &str| relation.columns().iter().any(|column| column.name.eq_ignore_ascii_case(name));
    let own = given.iter().filter(|(name, _)| !canonical(name));
    let mut columns: Vec<(String, Wanted)> =
        own.map(|(name, text)| (name.clone(), Wanted::Text(text.clone()))).collect();
    if relation.passes_other_columns() {
        for column in &raw.columns {
            let taken = columns.iter().any(|(name, _)| name.eq_ignore_ascii_case(&column.name));
            if !taken && !canonical(&column.name) {
                columns.push((column.name.clone(), Wanted::Column(column.name.clone())));
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
