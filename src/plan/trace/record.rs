//! What the ledger and the staged plan say of one key.

use chrono::{DateTime, Utc};

use super::Standing;
use crate::engine::{EngineError, Session};
use crate::ledger::SyncTables;

/// What the ledger knows of a record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Held {
    /// Whether it is in the audience as the destination knows it; none where nobody can tell.
    pub present: Option<bool>,
    /// The run that first confirmed it; 0 where nobody can tell whether it was ever made.
    pub first_run: u64,
    /// When that run started.
    pub first_at: Option<DateTime<Utc>>,
    /// The run that last confirmed any of its fields.
    pub last_run: u64,
    /// When that run started.
    pub last_at: Option<DateTime<Utc>>,
}

pub(super) fn held(session: &Session, tables: &SyncTables, key: &str) -> Result<Option<Held>, EngineError> {
    let sql = format!(
        "SELECT l.present, l.first_run, f.started_at, l.last_run, r.started_at FROM {} AS l
         LEFT JOIN run_log AS f ON f.run_id = l.first_run LEFT JOIN run_log AS r ON r.run_id = l.last_run
         WHERE l.key = $key",
        tables.confirmed()
    );
    let rows = session.rows(&sql, &[("key", key.into())], |row| {
        Ok(Held {
            present: row.bool(0)?,
            first_run: row.count(1)?,
            first_at: row.timestamp(2)?,
            last_run: row.count(3)?,
            last_at: row.timestamp(4)?,
        })
    })?;
    Ok(rows.into_iter().next())
}

/// Where the plan has the key; none where it has not.
pub(super) fn staged(session: &Session, tables: &SyncTables, key: &str) -> Result<Option<Standing>, EngineError> {
    let sql = format!("SELECT kind, operation, route FROM {} WHERE key = $key", tables.staged());
    let rows = session.rows(&sql, &[("key", key.into())], |row| {
        let text = |index| Ok::<_, EngineError>(row.text(index)?.unwrap_or_default());
        Ok((text(0)?, text(1)?, text(2)?))
    })?;
    Ok(rows.into_iter().next().map(|(kind, operation, route)| match (route.as_str(), kind.as_str()) {
        ("held", _) => Standing::Held,
        ("local", "left") => Standing::Left,
        ("local", _) => Standing::Same,
        _ => Standing::Sent { kind, operation },
    }))
}
