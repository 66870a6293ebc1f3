//! Folding: the end of a plan, in one transaction.

use std::fmt::Write as _;

use fail::fail_point;

use super::fingerprint::{Triggers, fingerprint};
use super::recovery::drop_plan;
use super::rejections::has_refusals;
use super::{LedgerError, SyncTables};
use crate::engine::{EngineError, Session};

/// What became of the changes of a plan, by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Folded {
    /// Sent and confirmed.
    pub confirmed: u64,
    /// Refused.
    pub rejected: u64,
    /// A job is still running.
    pub pending: u64,
    /// Nobody can say.
    pub unknown: u64,
    /// Certainly not sent.
    pub unsent: u64,
    /// Those among the confirmed whose record somebody had deleted: what was not sent is lost there.
    pub remade: u64,
}

/// Counts what became of the plan of a sync and, unless jobs are still running, folds it and closes it.
/// With `close_pending`, running jobs count as unknown and the plan is closed all the same.
///
/// # Errors
/// [`LedgerError::Engine`]; then the plan is as it was.
pub fn fold(
    session: &mut Session,
    tables: &SyncTables,
    run_id: i64,
    close_pending: bool,
) -> Result<Folded, LedgerError> {
    let folded = session.transaction(|session| {
        if is_empty(session, tables)? {
            forget_all_rejections(session, tables.sync_id)?;
            session.run_script(&drop_plan(tables.sync_id))?;
            return Ok(Folded::default());
        }
        session.run_script(&fill(include_str!("settle.sql"), tables, run_id))?;
        let (folded, to_do) = count(session)?;
        if folded.pending > 0 && !close_pending {
            return Ok(folded);
        }
        if to_do.values {
            let unmapped = unmapped_columns(session, tables.sync_id)?;
            session.run_script(&fill_values(include_str!("fold.sql"), tables, &unmapped, run_id))?;
        }
        fail_point!("values-folded", |_| std::process::abort());
        if folded.rejected > 0 {
            let triggers = staged_triggers(session, tables.sync_id)?;
            // It names fields: nothing is filled in behind it.
            let fingerprint = fingerprint(&tables.fields, &triggers, "s", "x");
            let refused = fill(include_str!("refused.sql"), tables, run_id).replace("{fingerprint}", &fingerprint);
            session.run_script(&refused)?;
        }
        forget_rejections(session, tables)?;
        if to_do.remade {
            forget_occupied(session, tables)?;
        }
        session.run_script(&drop_plan(tables.sync_id))?;
        session.run_script("DROP TABLE settled")?;
        fail_point!("folding", |_| std::process::abort());
        Ok::<_, LedgerError>(folded)
    })?;
    fail_point!("folded", |_| std::process::abort());
    Ok(folded)
}

/// Whether the plan has no change at all, as that of most runs.
fn is_empty(session: &Session, tables: &SyncTables) -> Result<bool, EngineError> {
    session.one(&format!("SELECT count(*) FROM {}", tables.staged()), &[], |row| Ok(row.count(0)? == 0))
}

/// Without a change, whoever was refused wants what is confirmed already, or nothing any more.
fn forget_all_rejections(session: &Session, sync_id: i64) -> Result<(), EngineError> {
    session.run_script(&format!("DELETE FROM rejected WHERE sync_id = {sync_id}"))
}

/// What a fold has to do beside counting. A statement over nothing costs about as much as one over a thousand rows: what
/// has nothing to do is not run.
#[derive(Debug, Default)]
struct ToDo {
    /// Whether a value is confirmed, or in doubt.
    values: bool,
    /// Whether a record was made anew.
    remade: bool,
}

fn count(session: &Session) -> Result<(Folded, ToDo), LedgerError> {
    let sql = "SELECT outcome, route = 'send', in_doubt, is_remade, was_there, count(*) FROM settled GROUP BY ALL";
    let groups = session.rows(sql, &[], |row| {
        let flag = |index| Ok::<_, EngineError>(row.bool(index)?.unwrap_or_default());
        Ok((row.text(0)?.unwrap_or_default(), [flag(1)?, flag(2)?, flag(3)?, flag(4)?], row.count(5)?))
    })?;
    let (mut folded, mut to_do) = (Folded::default(), ToDo::default());
    for (outcome, [is_sent, in_doubt, is_remade, was_there], records) in groups {
        to_do.values |= in_doubt || outcome == "confirmed";
        to_do.remade |= is_remade;
        match outcome.as_str() {
            "confirmed" => {
                // Local changes (a leave that keeps the record) are nobody's request.
                folded.confirmed += if is_sent { records } else { 0 };
                folded.remade += if was_there { records } else { 0 };
            }
            "rejected" => folded.rejected += records,
            "pending" => folded.pending += records,
            "unknown" => folded.unknown += records,
            "unsent" => folded.unsent += records,
            _ => {}
        }
    }
    Ok((folded, to_do))
}

/// A rejection is over when its record was confirmed, is no longer wanted, or wants what is confirmed already.
fn forget_rejections(session: &Session, tables: &SyncTables) -> Result<(), LedgerError> {
    if !has_refusals(session, tables.sync_id)? {
        return Ok(());
    }
    let (id, staged) = (tables.sync_id, tables.staged());
    let sql = format!(
        "DELETE FROM rejected WHERE sync_id = {id} AND key NOT IN (
             SELECT s.key FROM {staged} s JOIN settled o USING (seq) WHERE o.outcome <> 'confirmed')"
    );
    Ok(session.run_script(&sql)?)
}

/// What others had written into a record is gone with it: one that was made anew is looked at once more.
fn forget_occupied(session: &Session, tables: &SyncTables) -> Result<(), LedgerError> {
    let sql = format!(
        "DELETE FROM occupied WHERE sync_id = {} AND key IN (
             SELECT s.key FROM {} s JOIN settled o USING (seq) WHERE o.is_remade)",
        tables.sync_id,
        tables.staged()
    );
    Ok(session.run_script(&sql)?)
}

/// Columns of fields that are not mapped now: they keep what was confirmed, should the mapping be put back.
fn unmapped_columns(session: &Session, sync_id: i64) -> Result<Vec<i64>, EngineError> {
    let sql = "SELECT column_no FROM sync_fields WHERE sync_id = $sync_id AND dropped ORDER BY column_no";
    session.rows(sql, &[("sync_id", sync_id.into())], |row| Ok(row.int(0)?.unwrap_or_default()))
}

/// The fields that cause a request in the plan of a sync. A plan of an earlier format does not say: then all do.
fn staged_triggers(session: &Session, sync_id: i64) -> Result<Triggers, EngineError> {
    let sql = "SELECT triggers FROM plans WHERE sync_id = $sync_id";
    let staged = session.rows(sql, &[("sync_id", sync_id.into())], |row| row.text(0))?;
    Ok(staged.into_iter().flatten().next().map_or(Triggers::All, |staged| Triggers::from_staged(&staged)))
}

fn fill(sql: &str, tables: &SyncTables, run_id: i64) -> String {
    sql.replace("{sync_id}", &tables.sync_id.to_string())
        .replace("{run_id}", &run_id.to_string())
        .replace("{confirmed}", &tables.confirmed())
        .replace("{staged}", &tables.staged())
}

/// As [`fill`], with the columns of the values.
fn fill_values(sql: &str, tables: &SyncTables, unmapped: &[i64], run_id: i64) -> String {
    let each =
        |line: &dyn Fn(i64) -> String| -> String { tables.fields.iter().map(|field| line(field.column_no)).collect() };
    // A record that was made anew has none of the values that were not sent.
    let lost = |n: i64| format!("s.is_remade AND l.k{n} AND l.v{n} IS NOT NULL");
    let has_lost: Vec<String> =
        tables.fields.iter().map(|field| field.column_no).map(|n| format!("(NOT s.c{n} AND {})", lost(n))).collect();
    let has_lost = if has_lost.is_empty() { "false".to_owned() } else { has_lost.join(" OR ") };
    let mut set_confirmed = each(&|n| {
        format!(
            ",\n    v{n} = CASE WHEN s.c{n} THEN s.v{n} ELSE l.v{n} END,
    k{n} = CASE WHEN s.c{n} THEN true WHEN {} THEN false ELSE l.k{n} END,
    r{n} = CASE WHEN s.c{n} THEN {run_id} ELSE l.r{n} END",
            lost(n)
        )
    });
    let mut set_unknown = each(&|n| {
        format!(",\n    k{n} = CASE WHEN s.c{n} OR (s.operation = 'delete' AND l.k{n}) THEN false ELSE l.k{n} END")
    });
    for n in unmapped {
        let _ = write!(set_confirmed, ",\n    k{n} = CASE WHEN {} THEN false ELSE l.k{n} END", lost(*n));
        // A record that may be gone may have taken them along.
        let _ =
            write!(set_unknown, ",\n    k{n} = CASE WHEN s.operation = 'delete' AND l.k{n} THEN false ELSE l.k{n} END");
    }
    let insert_columns = each(&|n| format!(", v{n}, k{n}, r{n}"));
    let insert_values = each(&|n| {
        let is_confirmed = format!("s.c{n} AND s.is_confirmed");
        format!(
            ", CASE WHEN {is_confirmed} THEN s.v{n} END, CASE WHEN s.c{n} THEN s.is_confirmed END, \
             CASE WHEN {is_confirmed} THEN {run_id} END"
        )
    });
    fill(sql, tables, run_id)
        .replace("{has_lost}", &has_lost)
        .replace("{set_confirmed}", &set_confirmed)
        .replace("{set_unknown}", &set_unknown)
        .replace("{insert_columns}", &insert_columns)
        .replace("{insert_values}", &insert_values)
}
