//! What the destination held before Lapwing sent anything.

use super::staged;
use crate::engine::{Param, Session};
use crate::ledger::recovery::drop_unsent;
use crate::ledger::{FieldColumn, LedgerError, SyncTables};

/// A field that was read, of a record that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// The key of the record.
    pub key: String,
    /// The column of the field; 0 says no more than that the record is there.
    pub column_no: i64,
    /// Whether the destination has what the snapshot wants: then that is the value.
    pub agrees: bool,
    /// Else the value that it has, as text; none where it has none.
    pub value: Option<String>,
}

/// Lists the records of the snapshot of which the ledger does not know every field. Gives their number. Belongs into the
/// same piece of work as the snapshot.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn stage_adoption(session: &Session, tables: &SyncTables) -> Result<u64, LedgerError> {
    let fields: Vec<String> = tables.fields.iter().map(|field| format!(", s.v{0}, l.k{0}", field.column_no)).collect();
    let known: Vec<String> =
        tables.fields.iter().map(|field| format!(" AND coalesce(l.k{}, false)", field.column_no)).collect();
    let sql = include_str!("adoptable.sql")
        .replace("{confirmed}", &tables.confirmed())
        .replace("{fields}", &fields.concat())
        .replace("{known}", &known.concat());
    session.run_script(&sql)?;
    Ok(staged(session)?)
}

/// Enters what a page gave, where the ledger does not know better. `joins_lists` says that records have to be sent once
/// more, because nobody can tell whether they are on the sync's lists.
///
/// # Errors
/// [`LedgerError::UnderWay`] where an earlier run has to be picked up first; then nothing is entered.
pub fn keep_adopted(
    session: &mut Session,
    tables: &SyncTables,
    adopted: Vec<Adopted>,
    run_id: i64,
    joins_lists: bool,
) -> Result<(), LedgerError> {
    let rows = adopted.into_iter().map(|one| {
        [Param::Text(one.key), one.column_no.into(), one.agrees.into(), one.value.map_or(Param::Null, Param::Text)]
    });
    session.append("adopted", rows)?;
    let sql = keep_sql(tables, run_id, joins_lists);
    session.transaction(|session| {
        drop_unsent(session, tables.sync_id)?;
        session.run_script(&sql)?;
        session.run_script("DELETE FROM adopted")?;
        Ok::<_, LedgerError>(())
    })
}

fn keep_sql(tables: &SyncTables, run_id: i64, joins_lists: bool) -> String {
    let each = |line: &dyn Fn(&FieldColumn) -> String| -> String { tables.fields.iter().map(line).collect() };
    let read = each(&|field| {
        let n = field.column_no;
        format!(
            ",\n            bool_or(agrees) FILTER (WHERE column_no = {n}) AS a{n}, \
             max(value) FILTER (WHERE column_no = {n}) AS t{n}"
        )
    });
    let typed = each(&|field| {
        let (n, value) = (field.column_no, from_text(field));
        format!(
            ",\n        CASE WHEN a.a{n} THEN c.v{n} ELSE {value} END AS v{n},
        CASE
            WHEN a.a{n} OR (a.a{n} IS NOT NULL AND a.t{n} IS NULL) THEN true
            -- what reads as the wanted value and is not it was bent by the cast
            WHEN a.a{n} IS NOT NULL THEN {value} IS NOT NULL AND {value} IS DISTINCT FROM c.v{n}
        END AS k{n}"
        )
    });
    let set = each(&|field| {
        let n = field.column_no;
        let keeps = format!("coalesce(l.k{n}, false) OR s.k{n} IS NULL");
        format!(
            ",\n    v{n} = CASE WHEN {keeps} THEN l.v{n} ELSE s.v{n} END, \
             k{n} = CASE WHEN {keeps} THEN l.k{n} ELSE s.k{n} END, \
             r{n} = CASE WHEN {keeps} THEN l.r{n} WHEN s.k{n} THEN {run_id} END"
        )
    });
    let values = |field: &FieldColumn| {
        let n = field.column_no;
        format!(", s.v{n}, s.k{n}, CASE WHEN s.k{n} THEN {run_id} END")
    };
    include_str!("adopt.sql")
        .replace("{confirmed}", &tables.confirmed())
        .replace("{run_id}", &run_id.to_string())
        .replace("{present}", if joins_lists { "NULL" } else { "true" })
        .replace("{read}", &read)
        .replace("{typed}", &typed)
        .replace("{set}", &set)
        .replace("{columns}", &each(&|field| format!(", v{0}, k{0}, r{0}", field.column_no)))
        .replace("{values}", &each(&values))
}

/// The text of a value as the field's type; NULL where it is none. A number that the type would round is none.
fn from_text(field: &FieldColumn) -> String {
    let (n, sql_type) = (field.column_no, &field.sql_type);
    let typed = format!("TRY_CAST(a.t{n} AS {sql_type})");
    match sql_type.split('(').next().unwrap_or_default() {
        // A list is the text of a JSON array.
        list if list.ends_with("[]") => format!("TRY_CAST(TRY_CAST(a.t{n} AS JSON) AS {sql_type})"),
        "BIGINT" | "DECIMAL" | "HUGEINT" => {
            format!("CASE WHEN TRY_CAST(a.t{n} AS DOUBLE) = CAST({typed} AS DOUBLE) THEN {typed} END")
        }
        _ => typed,
    }
}
