//! Sending: planned syncs through delivery and fold, those that a vendor counts together one after the other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use fail::fail_point;
use futures::future::join_all;
use lapwing_contract::{DestinationError, Prepared, RateScope, SyncMode, Value};

use crate::delivery::{Delivery, Progress, Stop, deliver};
use crate::engine::Engine;
use crate::ledger;
use crate::registry::Connected;
use crate::report::Printer;

use super::Failure;
use super::connections::destination_failure;
use super::planning::Planned;
use super::run::Run;
use super::signals::stop_on_signal;
use super::sync_result::SyncResult;

impl Run {
    /// Sends planned syncs: one after the other where the vendor counts them together, others side by side.
    pub(super) async fn deliver(&self, planned: Vec<Planned>, printer: &Printer) -> Result<Vec<SyncResult>, Failure> {
        let order: Vec<String> = planned.iter().map(|plan| plan.name.clone()).collect();
        let mut groups: BTreeMap<RateScope, Vec<(Planned, Arc<Progress>, Stop)>> = BTreeMap::new();
        let mut bars = Vec::new();
        let mut stops = Vec::new();
        for plan in planned {
            let (progress, stop) = (Arc::new(Progress::default()), Stop::default());
            bars.push((plan.name.clone(), Arc::clone(&progress)));
            stops.push(stop.clone());
            let scope = self.connections.get(&plan.destination)?.scope;
            groups.entry(scope).or_default().push((plan, progress, stop));
        }
        let bars = printer.progress(bars);
        let signals = tokio::spawn(stop_on_signal(stops, printer.clone()));
        let groups = groups.into_values().map(|plans| self.deliver_group(plans));
        let results = join_all(groups).await;
        signals.abort();
        bars.finish();
        let mut all = Vec::new();
        for result in results {
            all.extend(result?);
        }
        all.sort_by_key(|result| order.iter().position(|name| *name == result.name));
        Ok(all)
    }

    async fn deliver_group(&self, plans: Vec<(Planned, Arc<Progress>, Stop)>) -> Result<Vec<SyncResult>, Failure> {
        let mut results = Vec::with_capacity(plans.len());
        for (mut plan, progress, stop) in plans {
            let connected = self.connections.get(&plan.destination)?;
            let engine = &self.bench.engine;
            let result = if plan.trips.is_empty() {
                deliver_sync(engine, plan, &connected, self.number, progress, stop).await?
            } else {
                // Nothing of a guarded plan goes out, and nothing of it is noted.
                let sync_id = plan.staged.tables.sync_id;
                engine.run(move |session| ledger::abandon(session, sync_id)).await?;
                SyncResult { trips: std::mem::take(&mut plan.trips), ..SyncResult::of(&plan) }
            };
            results.push(result);
        }
        Ok(results)
    }
}

/// Sends what is staged, and folds what came of it.
async fn deliver_sync(
    engine: &Engine,
    planned: Planned,
    connected: &Connected,
    run_id: i64,
    progress: Arc<Progress>,
    stop: Stop,
) -> Result<SyncResult, Failure> {
    let started = Instant::now();
    let before = connected.traffic.requests().total();
    let mut result = SyncResult::of(&planned);
    let sync_id = result.sync_id;
    engine.run(move |session| ledger::keep_held_values(session, sync_id)).await?;
    let has_work = result.counts.to_send > 0 || result.counts.reordered;
    if has_work && !stop.is_pulled() {
        send_staged(engine, &planned, connected, &mut result, (progress, stop)).await?;
    }
    let tables = planned.staged.tables;
    result.folded = engine.run(move |session| ledger::fold(session, &tables, run_id, false)).await?;
    result.requests = planned.reads + connected.traffic.requests().total() - before;
    result.duration = started.elapsed();
    Ok(result)
}

/// Sends what is staged; how it went is in `result`.
async fn send_staged(
    engine: &Engine,
    planned: &Planned,
    connected: &Connected,
    result: &mut SyncResult,
    (progress, stop): (Arc<Progress>, Stop),
) -> Result<(), Failure> {
    let target = match connected.destination.prepare(&planned.target).await {
        Ok(target) => Arc::new(target),
        Err(error) => {
            result.failure = Some(destination_failure(&result.destination, error));
            return Ok(());
        }
    };
    if result.counts.to_send > 0 {
        let delivery = Delivery {
            engine: engine.clone(),
            destination: connected.destination.as_ref(),
            clock: connected.clock.as_ref(),
            target: Arc::clone(&target),
            plan: planned.staged.clone(),
            max_reject_pct: Some(planned.max_reject_pct),
            progress,
            stop,
        };
        result.note(deliver(delivery).await?);
    }
    if target.target.mode == SyncMode::List && !result.ended_early() {
        let failed = arrange(engine, connected, &target, result.sync_id).await?;
        result.failure = failed.map(|error| destination_failure(&result.destination, error));
    }
    Ok(())
}

/// Puts the records of a list in order. What fails here costs the order alone: the values are delivered, and the next
/// run tries again.
async fn arrange(
    engine: &Engine,
    connected: &Connected,
    target: &Prepared,
    sync_id: i64,
) -> Result<Option<DestinationError>, Failure> {
    let keys = engine.run(move |session| ledger::staged_order(session, sync_id)).await?;
    let keys: Vec<Value> = keys.into_iter().map(Value::Text).collect();
    if let Err(error) = connected.destination.arrange(target, &keys).await {
        return Ok(Some(error));
    }
    fail_point!("arranged", |_| std::process::abort());
    engine.run(move |session| ledger::confirm_order(session, sync_id)).await?;
    Ok(None)
}
