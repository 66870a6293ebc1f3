//! Values that vanish: a column that an export lost would empty a field for everybody.

use super::{FEWEST, GuardTrip, share_pct};
use crate::engine::{EngineError, Session};
use crate::ledger::SyncTables;

/// Looks at every field by itself: one that is lost among many would not show in a sum.
pub(super) fn clears(session: &Session, tables: &SyncTables, limit_pct: f64) -> Result<Vec<GuardTrip>, EngineError> {
    if tables.fields.is_empty() {
        return Ok(Vec::new());
    }
    let counts = |condition: &dyn Fn(i64) -> String| -> String {
        let columns: Vec<String> = tables
            .fields
            .iter()
            .map(|field| format!("count(CASE WHEN {} THEN 1 END)", condition(field.column_no)))
            .collect();
        columns.join(", ")
    };
    let sql = include_str!("clears.sql")
        .replace("{emptied}", &counts(&|n| format!("s.c{n} AND s.v{n} IS NULL AND l.k{n} AND l.v{n} IS NOT NULL")))
        .replace("{confirmed_values}", &counts(&|n| format!("l.k{n} AND l.v{n} IS NOT NULL")))
        .replace("{staged}", &tables.staged())
        .replace("{confirmed}", &tables.confirmed());
    let fields = tables.fields.len();
    let counted: Vec<(u64, u64)> = session
        .one(&sql, &[], |row| (0..fields).map(|index| Ok((row.count(index)?, row.count(fields + index)?))).collect())?;
    let trips = tables.fields.iter().zip(counted).filter_map(|(field, (emptied, confirmed))| {
        let share = share_pct(emptied, confirmed);
        let message = format!(
            "`{}` would be emptied in {emptied} of {confirmed} records that have it ({share:.1} %), more than {limit_pct} %",
            field.name
        );
        (emptied >= FEWEST && share > limit_pct).then_some(GuardTrip { guard: "max_clear_pct", message })
    });
    Ok(trips.collect())
}
