//! The queries of a mapping: all rows with what is wrong with them, or good rows as they are.
//!
//! An expression that fails gives an empty cell around its value rather than NULL, so that a value that is NULL for a
//! good reason is told from one that got lost.

use super::mapping::{Mapped, Mapping};
use super::reading::Raw;
use crate::engine::quote_identifier;

/// The column that says why a row is bad. Files have columns of all kinds of names, but hardly of this one.
pub(super) const PROBLEM: &str = "\"lapwing problem\"";

impl Mapping {
    /// A query with the columns of the relation, for rows of typed files that are known to be good.
    /// Only where no text had to be typed.
    pub(super) fn clean_query(&self, raw: &Raw) -> String {
        let column = |column: &Mapped| format!("{} AS {}", value(raw, column), quote_identifier(&column.name));
        format!("SELECT {} FROM {}", joined(&self.columns, column), raw.source)
    }

    /// A query with the columns of the relation and a last column [`PROBLEM`]: the first reason why a row is bad, or
    /// NULL.
    pub(super) fn checked_query(&self, raw: &Raw) -> String {
        let mut problems = Vec::new();
        for column in &self.columns {
            let mut when = |condition: &str, what: &str| {
                let reason = format!("{what} {}", column.name).replace('\'', "''");
                problems.push(format!("WHEN {condition} THEN '{reason}'"));
            };
            if column.can_fail {
                when(&format!("{} IS NULL", cell_of(column)), "unparsable");
            }
            if self.typed_texts(raw, column).next().is_some() {
                when(&broken_of(column), "unparsable");
            }
            if column.required {
                let value = content(column);
                match column.sql_type {
                    // What was a number before it became a text is not blank.
                    Some("VARCHAR") if ["VARCHAR", "JSON"].contains(&column.found.as_str()) => {
                        when(&format!("nullif(trim({value}), '') IS NULL"), "missing");
                    }
                    _ => when(&format!("{value} IS NULL"), "missing"),
                }
            }
        }
        let problem = if problems.is_empty() { "NULL".to_owned() } else { format!("CASE {} END", problems.join(" ")) };
        let columns =
            joined(&self.columns, |column| format!("{} AS {}", content(column), quote_identifier(&column.name)));
        format!("SELECT {columns}, CAST({problem} AS VARCHAR) AS {PROBLEM} FROM ({})", self.cells(raw))
    }

    /// A query with one cell a column, and a flag where a text that takes part in it is not what its column's type says.
    fn cells(&self, raw: &Raw) -> String {
        if self.types.is_empty() {
            return format!("SELECT {} FROM {}", joined(&self.columns, |column| cell(raw, column)), raw.source);
        }
        let cells = joined(&self.columns, |column| {
            if !column.reads_typed {
                return cell_of(column);
            }
            let broken: Vec<String> = self
                .typed_texts(raw, column)
                .map(|name| format!("({} IS NULL AND {} IS NOT NULL)", quote_identifier(name), text_of(name)))
                .collect();
            if broken.is_empty() {
                cell(raw, column)
            } else {
                format!("{}, {} AS {}", cell(raw, column), broken.join(" OR "), broken_of(column))
            }
        });
        format!("SELECT {cells} FROM ({})", self.texts(raw))
    }

    /// The rows with typed texts: cells of what is computed from texts, and the typed columns that the rest needs.
    fn texts(&self, raw: &Raw) -> String {
        let of_texts = self.columns.iter().filter(|column| !column.reads_typed).map(|column| cell(raw, column));
        let typed = raw.columns.iter().flat_map(|column| {
            let name = quote_identifier(&column.name);
            if self.types.contains_key(&column.name) {
                vec![self.typed(&column.name), format!("nullif(trim({name}), '') AS {}", text_of(&column.name))]
            } else {
                vec![name]
            }
        });
        let columns: Vec<String> = of_texts.chain(typed).collect();
        format!("SELECT {} FROM {}", columns.join(", "), raw.source)
    }

    /// The text columns that `column` computes with as numbers, times or flags.
    fn typed_texts<'a>(&'a self, raw: &'a Raw, column: &'a Mapped) -> impl Iterator<Item = &'a str> {
        let named = column.expression.columns().iter().filter_map(|name| raw.find(name));
        named.map(|found| found.name.as_str()).filter(|name| column.reads_typed && self.types.contains_key(*name))
    }
}

fn joined(columns: &[Mapped], part: impl FnMut(&Mapped) -> String) -> String {
    columns.iter().map(part).collect::<Vec<_>>().join(", ")
}

/// The value of a column; a failure is a failure of the query.
fn value(raw: &Raw, column: &Mapped) -> String {
    let bare = column.expression.bare_column().and_then(|name| raw.find(name));
    let value = match (bare, column.sql_type) {
        // An empty text is no amount and no time, but no broken one either.
        (Some(bare), Some(wanted)) if bare.sql_type == "VARCHAR" && wanted != "VARCHAR" => {
            format!("nullif(trim({}), '')", quote_identifier(&bare.name))
        }
        (Some(bare), _) => quote_identifier(&bare.name),
        (None, _) => column.expression.sql(),
    };
    match column.sql_type {
        // A cast straight to TIMESTAMP drops the offset: 12:00+02:00 would be noon in UTC.
        Some("TIMESTAMP") if column.found == "VARCHAR" => format!("CAST(CAST({value} AS TIMESTAMPTZ) AS TIMESTAMP)"),
        Some(sql_type) => format!("CAST({value} AS {sql_type})"),
        None => value,
    }
}

fn cell(raw: &Raw, column: &Mapped) -> String {
    let value = value(raw, column);
    let value = if column.can_fail { format!("TRY(struct_pack(v := {value}))") } else { value };
    format!("{value} AS {}", cell_of(column))
}

fn content(column: &Mapped) -> String {
    if column.can_fail { format!("struct_extract({}, 'v')", cell_of(column)) } else { cell_of(column) }
}

fn cell_of(column: &Mapped) -> String {
    quote_identifier(&format!("lapwing cell of {}", column.name))
}

fn broken_of(column: &Mapped) -> String {
    quote_identifier(&format!("lapwing doubt of {}", column.name))
}

/// The name under which the untyped text of a typed column stays reachable.
fn text_of(column: &str) -> String {
    quote_identifier(&format!("lapwing text of {column}"))
}
