//! Staging: the diff is written to the ledger, packed into batches, and counted.

use chrono::{DateTime, Utc};
use fail::fail_point;
use lapwing_contract::{BatchGrouping, Capabilities, Operation, SyncMode};

use super::diff::{Exceptional, Weights, diff_sql, triggers};
use super::hold::hold_back;
use super::{BatchRange, FieldShape, Limits, PlanError, Snapshot, SyncSpec, batch_ranges};
use crate::engine::{EngineError, Param, Session};
use crate::ledger::{self, SyncTables, abandon};

/// The counts of a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// Rows of the snapshot.
    pub rows: u64,
    /// Keys that the destination has not confirmed, or that came back.
    pub added: u64,
    /// Keys with fields that differ.
    pub changed: u64,
    /// Keys no longer in the snapshot.
    pub left: u64,
    /// Keys without a difference.
    pub unchanged: u64,
    /// Changes held back because the vendor refused the same values before.
    pub held: u64,
    /// Changes that need no request.
    pub local: u64,
    /// Rows of the audience without a key.
    pub without_key: u64,
    /// Rows whose key several customers share.
    pub shared_key: u64,
    /// Keys at the destination before this run.
    pub present_before: u64,
    /// Keys at the destination of which a confirmed value is another now. The rest only gets new fields filled in, or joins
    /// new lists, which somebody asked for.
    #[serde(default)]
    pub moved: u64,
    /// Write requests that the plan needs.
    pub requests: u64,
    /// Changes that are sent.
    pub to_send: u64,
    /// Whether the records of a list stand in another order than at the destination.
    #[serde(default)]
    pub reordered: bool,
}

/// The way of writing that a plan takes, where the vendor has two.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Route {
    /// The way taken.
    pub way: String,
    /// API calls that it takes, where everything goes well.
    pub calls: u64,
    /// The other way.
    pub instead_of: String,
    /// API calls that it would take.
    pub instead_of_calls: u64,
}

/// The run that makes a plan.
#[derive(Debug, Clone)]
pub struct PlanOrigin {
    /// Its number.
    pub run_id: i64,
    /// The time that it computes for: a change that is held counts once for each.
    pub as_of: DateTime<Utc>,
    /// When it began: the pauses that are over by then are.
    pub started_at: DateTime<Utc>,
    /// What it is made from: `apply` refuses when that moved.
    pub fingerprint: String,
}

/// A plan that stands in the ledger.
#[derive(Debug, Clone)]
pub struct StagedPlan {
    /// The tables of the sync.
    pub tables: SyncTables,
    /// The run that made it.
    pub run_id: i64,
    /// Its counts.
    pub counts: Counts,
    /// Its batches, in the order of sending.
    pub batches: Vec<BatchRange>,
    /// The way of writing, where the vendor has two.
    pub route: Option<Route>,
}

/// Diffs the snapshot against the ledger, and stages the plan with its batches. An earlier plan of the sync of which
/// nothing was sent is dropped.
///
/// # Errors
/// [`PlanError`]; then no plan is staged. [`LedgerError::UnderWay`](crate::ledger::LedgerError) among them, where an
/// earlier run has to be picked up first.
pub fn stage(
    session: &mut Session,
    spec: &SyncSpec,
    shapes: &[FieldShape],
    tables: &SyncTables,
    snapshot: Snapshot,
    capabilities: &Capabilities,
    origin: &PlanOrigin,
) -> Result<StagedPlan, PlanError> {
    abandon(session, tables.sync_id)?;
    let run_id = origin.run_id;
    let weights = Weights {
        record: capabilities.bytes_per_record,
        field: capabilities.bytes_per_field,
        grouping: capabilities.grouping,
    };
    session.transaction(|session| {
        hold_back(session, spec, shapes, tables, origin.as_of)?;
        let exceptional = Exceptional {
            shared_keys: snapshot.shared_key > 0,
            refusals: ledger::has_refusals(session, tables.sync_id)?,
        };
        session.run_script(&diff_sql(spec, shapes, tables, weights, exceptional, origin.started_at))?;
        let reordered = spec.mode == SyncMode::List && ledger::stage_order(session, tables.sync_id)?;
        let counts = Counts { reordered, ..count(session, tables, snapshot)? };
        let way = capabilities.clone().at(counts.to_send);
        let limits = |operation| Limits { records: way.max_records(operation), bytes: way.bytes_per_request };
        let batches = pack(session, tables, counts.to_send, way.grouping, limits)?;
        let counts = Counts { requests: batches.len() as u64, ..counts };
        enter(session, tables, &Entry { origin, counts, spec }, &batches)?;
        fail_point!("staging", |_| std::process::abort());
        let route = route(capabilities, counts);
        Ok(StagedPlan { tables: tables.clone(), run_id, counts, batches, route })
    })
}

/// What the plan costs on the way that it takes, and on the other; none where the vendor has only one.
pub fn route(capabilities: &Capabilities, counts: Counts) -> Option<Route> {
    let scale = capabilities.at_scale.filter(|_| counts.to_send > 0)?;
    let way = capabilities.clone().at(counts.to_send);
    let calls = counts.requests * u64::from(way.calls_per_batch);
    let of = |records: usize, calls: u32| counts.to_send.div_ceil(records.max(1) as u64) * u64::from(calls);
    let (instead_of, instead_of_calls) = if way.way == scale.name {
        (capabilities.way, of(capabilities.records_per_request, capabilities.calls_per_batch))
    } else {
        (scale.name, of(scale.records_per_request, scale.calls_per_batch))
    };
    Some(Route { way: way.way.to_owned(), calls, instead_of: instead_of.to_owned(), instead_of_calls })
}

/// Changes that are packed at a time, so that memory does not grow with their number.
const PACKED_TOGETHER: usize = 100_000;

/// Packs the changes that are sent, which are the first ones of the plan.
fn pack(
    session: &Session,
    tables: &SyncTables,
    to_send: u64,
    grouping: BatchGrouping,
    limits: impl Fn(Operation) -> Limits,
) -> Result<Vec<BatchRange>, EngineError> {
    let group = match grouping {
        BatchGrouping::Any => "0".to_owned(),
        BatchGrouping::ByFieldSet => {
            let bits: Vec<String> = tables.fields.iter().map(|field| format!("c{}", field.column_no)).collect();
            format!("CAST(hash({}) >> 1 AS BIGINT)", if bits.is_empty() { "0".to_owned() } else { bits.join(", ") })
        }
    };
    let sql = format!(
        "SELECT seq, CASE operation WHEN 'upsert' THEN 0 WHEN 'delete' THEN 1 ELSE 2 END::BIGINT, bytes, {group}::BIGINT
         FROM {} WHERE seq BETWEEN $first AND $last AND route = 'send'",
        tables.staged()
    );
    let mut packing = batch_ranges(limits);
    for first in (1..=to_send).step_by(PACKED_TOGETHER) {
        let span = [("first", ledger::int(first)), ("last", ledger::int(first + PACKED_TOGETHER as u64 - 1))];
        let page = session.page(&sql, &span)?;
        let [seqs, operations, bytes, groups] = [page.ints(0)?, page.ints(1)?, page.ints(2)?, page.ints(3)?];
        let changes = seqs.into_iter().zip(operations).zip(bytes).zip(groups);
        let mut changes: Vec<_> =
            changes.map(|(((seq, operation), bytes), group)| (seq, operation, bytes, group)).collect();
        // The parts of a streamed result come in any order, even where the query has one.
        changes.sort_unstable_by_key(|(seq, ..)| *seq);
        for (seq, operation, bytes, group) in changes {
            packing.add(seq.unsigned_abs(), operation_of(operation), usize::try_from(bytes).unwrap_or(0), group);
        }
    }
    Ok(packing.finish())
}

/// The batches of a plan that stands in the ledger.
///
/// # Errors
/// [`EngineError`] of the query.
pub fn staged_batches(session: &Session, sync_id: i64) -> Result<Vec<BatchRange>, EngineError> {
    let sql = "SELECT batch_no, operation, first_seq, last_seq FROM batches WHERE sync_id = $sync_id ORDER BY batch_no";
    session.rows(sql, &[("sync_id", sync_id.into())], |row| {
        Ok(BatchRange {
            number: row.count(0)?,
            operation: super::staged_operation(&row.text(1)?.unwrap_or_default()),
            first_seq: row.count(2)?,
            last_seq: row.count(3)?,
        })
    })
}

fn operation_of(number: i64) -> Operation {
    match number {
        0 => Operation::Upsert,
        1 => Operation::Delete,
        _ => Operation::RemoveFromLists,
    }
}

fn count(session: &Session, tables: &SyncTables, snapshot: Snapshot) -> Result<Counts, EngineError> {
    let present = format!("SELECT count(*) FROM {} WHERE present IS DISTINCT FROM false", tables.confirmed());
    let mut counts = Counts {
        rows: snapshot.rows,
        without_key: snapshot.without_key,
        shared_key: snapshot.shared_key,
        present_before: session.one(&present, &[], |row| row.count(0))?,
        ..Counts::default()
    };
    let sql = format!("SELECT kind, route, moved, count(*) FROM {} GROUP BY ALL", tables.staged());
    let groups = session.rows(&sql, &[], |row| {
        let (kind, route) = (row.text(0)?.unwrap_or_default(), row.text(1)?.unwrap_or_default());
        Ok((kind, route, row.bool(2)?.unwrap_or_default(), row.count(3)?))
    })?;
    let mut wanted = 0;
    for (kind, route, moved, records) in groups {
        if kind != "left" {
            wanted += records;
        }
        match route.as_str() {
            "held" => counts.held += records,
            "local" => counts.local += records,
            _ => counts.to_send += records,
        }
        counts.moved += if moved && route != "held" { records } else { 0 };
        match kind.as_str() {
            _ if route == "held" => {}
            "added" => counts.added += records,
            "changed" => counts.changed += records,
            _ => counts.left += records,
        }
    }
    counts.unchanged = snapshot.rows.saturating_sub(wanted).saturating_sub(snapshot.shared_key);
    Ok(counts)
}

/// What the ledger notes of a plan beside its changes.
struct Entry<'a> {
    origin: &'a PlanOrigin,
    counts: Counts,
    spec: &'a SyncSpec,
}

fn enter(session: &Session, tables: &SyncTables, entry: &Entry<'_>, batches: &[BatchRange]) -> Result<(), EngineError> {
    let sync_id = tables.sync_id;
    // Numbers and our own words only: nothing of a user's is in this text.
    for part in batches.chunks(500) {
        let rows: Vec<String> = part
            .iter()
            .map(|b| format!("({sync_id}, {}, '{}', {}, {})", b.number, b.operation, b.first_seq, b.last_seq))
            .collect();
        session.run_script(&format!("INSERT INTO batches VALUES {}", rows.join(", ")))?;
    }
    let counts = serde_json::to_string(&entry.counts).unwrap_or_default();
    session.execute(
        "INSERT INTO plans VALUES ($sync_id, $run_id, 'staged', $fingerprint, $counts, 0, $max_attempts, $triggers)",
        &[
            ("sync_id", sync_id.into()),
            ("run_id", entry.origin.run_id.into()),
            ("fingerprint", entry.origin.fingerprint.as_str().into()),
            ("counts", Param::Text(counts)),
            ("max_attempts", i64::from(entry.spec.max_attempts).into()),
            ("triggers", triggers(entry.spec, tables).to_staged().as_deref().into()),
        ],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Engine, EngineOptions};

    #[tokio::test]
    async fn batches_follow_each_other_without_gaps_however_many_changes_there_are() {
        let engine = Engine::open(EngineOptions { threads: Some(4), ..EngineOptions::default() }).await.unwrap();
        let last = 400_000_u64;
        let batches = engine.run(move |session| {
            session.run_script(&format!(
                "CREATE TABLE staged_1 AS
                 SELECT range + 1 AS seq, 'upsert' AS operation, 'send' AS route, 100::BIGINT AS bytes FROM range({last})"
            ))?;
            let limits = |_| Limits { records: 1_000, bytes: 1_000_000 };
            pack(session, &SyncTables { sync_id: 1, fields: Vec::new() }, last, BatchGrouping::Any, limits)
        });
        let batches = batches.await.unwrap();
        assert_eq!(batches.len(), 400);
        let mut next = 1;
        for batch in batches {
            assert_eq!((batch.first_seq, batch.last_seq), (next, next + 999));
            next += 1_000;
        }
    }
}
