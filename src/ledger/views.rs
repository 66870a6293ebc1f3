//! The documented views, for whoever opens the ledger with DuckDB.

use super::confirmed::known_fields;
use crate::engine::{EngineError, Session, quote_literal};

/// Makes the views anew: `deliveries` names every field of every sync.
pub(super) fn refresh(session: &Session) -> Result<(), EngineError> {
    session.run_script(include_str!("views.sql"))?;
    let syncs = session.rows("SELECT sync_id, name, destination FROM syncs ORDER BY sync_id", &[], |row| {
        Ok((row.int(0)?.unwrap_or_default(), row.text(1)?.unwrap_or_default(), row.text(2)?.unwrap_or_default()))
    })?;
    let mut parts = vec![
        "SELECT NULL::VARCHAR AS sync, NULL::VARCHAR AS destination, NULL::VARCHAR AS key, NULL::VARCHAR AS field, \
         NULL::VARCHAR AS value, NULL::BOOLEAN AS known, NULL::BOOLEAN AS present, NULL::BIGINT AS last_run, NULL::BIGINT AS confirmed_run \
         WHERE false"
            .to_owned(),
    ];
    for (sync_id, name, destination) in syncs {
        for field in known_fields(session, sync_id)? {
            let n = field.column_no;
            parts.push(format!(
                "SELECT {}, {}, key, {}, CAST(v{n} AS VARCHAR), k{n}, present, last_run, r{n} FROM confirmed_{sync_id}",
                quote_literal(&name),
                quote_literal(&destination),
                quote_literal(&field.name)
            ));
        }
    }
    session.run_script(&format!("CREATE OR REPLACE VIEW deliveries AS {}", parts.join(" UNION ALL ")))
}
