//! A distribution that shifts: half of the customers do not change their segment overnight.

use super::GuardTrip;
use crate::engine::{EngineError, Session};
use crate::ledger::{FieldColumn, SyncTables};

/// Fields with more values than this have no distribution worth watching.
const MOST_VALUES: i64 = 50;
/// A value is named only where at least so many records share it, here or there: a name of a segment, never one of a person.
const FEWEST_RECORDS: i64 = 10;
/// And where they are at least this share of all, in per cent.
const SMALLEST_SHARE: f64 = 1.0;
/// The longest name that is told, in characters.
const LONGEST_NAME: usize = 40;

/// Looks at the value of `field` whose share moves most. `counts_new` says whether new records count: once a run has gone
/// through with the sync.
pub(super) fn shift(
    session: &Session,
    tables: &SyncTables,
    field: &FieldColumn,
    points: f64,
    counts_new: bool,
) -> Result<Option<GuardTrip>, EngineError> {
    let sql = include_str!("shift.sql")
        .replace("{confirmed}", &tables.confirmed())
        .replace("{staged}", &tables.staged())
        .replace("{n}", &field.column_no.to_string());
    let params = [
        ("most_values", MOST_VALUES.into()),
        ("fewest_records", FEWEST_RECORDS.into()),
        ("smallest_share", SMALLEST_SHARE.into()),
        ("counts_new", counts_new.into()),
    ];
    let rows = session.rows(&sql, &params, |row| {
        let shares = (row.float(0)?.unwrap_or(0.0), row.float(1)?.unwrap_or(0.0));
        Ok((shares, row.text(2)?, row.bool(3)?.unwrap_or(false)))
    })?;
    let Some(((before, now), value, is_null)) = rows.into_iter().next() else { return Ok(None) };
    if (now - before).abs() <= points {
        return Ok(None);
    }
    let name = match value {
        Some(value) => quoted(&value),
        None if is_null => "no value".to_owned(),
        None => "one value".to_owned(),
    };
    let message = format!("`{}`: {name} {before:.1} % → {now:.1} %, a shift of more than {points} points", field.name);
    Ok(Some(GuardTrip { guard: "max_shift_points", message }))
}

/// A value in one line: what would move the cursor becomes a blank.
fn quoted(value: &str) -> String {
    let line: String = value.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    if line.chars().count() <= LONGEST_NAME {
        return format!("\"{line}\"");
    }
    let head: String = line.chars().take(LONGEST_NAME - 1).collect();
    format!("\"{head}…\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_line_and_has_an_end() {
        assert_eq!(quoted("Best, active"), "\"Best, active\"");
        assert_eq!(quoted("a\u{1b}[2J\nb"), "\"a [2J b\"");
        assert_eq!(quoted(&"x".repeat(60)).chars().count(), LONGEST_NAME + 2);
    }
}
