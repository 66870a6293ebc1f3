//! What a run left behind, as somebody sees it who opens a copy of the ledger and the vendors' books.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lapwing::engine::{Engine, EngineOptions, Session};
use lapwing::ledger::{self, LedgerError};
use serde_json::Value as Json;

use super::places::{PLACES, files};
use super::shop::Shop;
use crate::world::block_on;

/// Keys by destination, with the name that goes with each.
type Keys = BTreeMap<String, BTreeMap<String, String>>;

/// The ledger after a death.
#[derive(Debug, Default)]
pub(crate) struct Testimony {
    /// The names that were confirmed last, whether folded or not.
    pub(crate) confirmed: Keys,
    /// Names said to be on their way, confirmed ones among them.
    pub(crate) announced: Keys,
    /// The runs so far, and whether the latest one was closed.
    pub(crate) runs: u64,
    pub(crate) is_closed: bool,
    /// Customers in the history of segments.
    pub(crate) in_segments: u64,
    /// Plans under way, and jobs among them that nobody has followed to their end.
    pub(crate) under_way: usize,
    pub(crate) jobs: usize,
}

/// Opens a copy: the ledger itself stays as the death left it, for the next run to open.
pub(crate) fn ask(shop: &Shop) -> Testimony {
    let copy = tempfile::tempdir().unwrap();
    // The log is in several files while it is being written into the ledger.
    let files = std::fs::read_dir(shop.path().join(".lapwing")).into_iter().flatten().map(|entry| entry.unwrap());
    for file in files.filter(|file| file.file_name().to_string_lossy().starts_with("ledger.duckdb")) {
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let options = EngineOptions {
        database: Some(ledger::database_path(copy.path())),
        spill_folder: Some(copy.path().join("spill")),
        memory_limit: Some("1GiB".to_owned()),
        threads: Some(1),
        ..EngineOptions::default()
    };
    block_on(async move {
        let engine = Engine::open(options).await.unwrap();
        engine.run(ledger::prepare).await.unwrap();
        engine.run(testify).await.unwrap()
    })
}

fn testify(session: &mut Session) -> Result<Testimony, LedgerError> {
    let is_closed = "SELECT coalesce(arg_max(outcome IS NOT NULL, run_id), true) FROM run_log";
    let mut told = Testimony {
        runs: session.one("SELECT count(*) FROM run_log", &[], |row| row.count(0))?,
        is_closed: session.one(is_closed, &[], |row| row.bool(0))?.unwrap_or_default(),
        in_segments: session.one("SELECT count(*) FROM segment_history WHERE present", &[], |row| row.count(0))?,
        ..Testimony::default()
    };
    let syncs =
        session.rows("SELECT sync_id, name FROM syncs", &[], |row| Ok((row.count(0)?, row.text(1)?.unwrap())))?;
    let keys = |sql: &str| session.rows(sql, &[], |row| Ok((row.text(0)?.unwrap(), row.text(1)?.unwrap_or_default())));
    for (sync_id, name) in syncs {
        // Each sync has one field, which is number 1.
        let folded = keys(&format!("SELECT key, v1 FROM confirmed_{sync_id} WHERE present AND k1"))?;
        told.confirmed.entry(name.clone()).or_default().extend(folded);
        let is_staged = session.has_relation(&format!("staged_{sync_id}"))?;
        if is_staged {
            let received = keys(&format!(
                "SELECT s.key, s.v1 FROM staged_{sync_id} s JOIN receipts r ON r.sync_id = {sync_id}
                 AND s.seq BETWEEN r.first_seq AND r.last_seq WHERE r.outcome = 'confirmed' AND s.c1"
            ))?;
            told.confirmed.entry(name.clone()).or_default().extend(received);
            let announced = keys(&format!(
                "SELECT s.key, s.v1 FROM staged_{sync_id} s WHERE s.seq <= (SELECT max(b.last_seq) FROM batches b
                 JOIN plans p USING (sync_id) WHERE sync_id = {sync_id} AND b.batch_no <= p.announced_batch)"
            ))?;
            told.announced.entry(name).or_default().extend(announced);
        }
    }
    let plans = ledger::open_plans(session)?;
    told.under_way = plans.iter().filter(|plan| plan.sending).count();
    for plan in &plans {
        told.jobs += ledger::pending_jobs(session, plan.tables.sync_id)?.len();
    }
    Ok(told)
}

/// How far the vendors' books are written, so that a later look finds what came since.
pub(crate) struct Bookmark {
    journals: BTreeMap<PathBuf, usize>,
    files: BTreeSet<String>,
}

impl Bookmark {
    pub(crate) fn set(shop: &Shop) -> Self {
        let journals = journals(shop.path()).into_iter().map(|(_, path)| {
            let length = std::fs::metadata(&path).unwrap().len();
            (path, usize::try_from(length).unwrap())
        });
        Self { journals: journals.collect(), files: files(shop.path()).into_iter().map(|(_, name)| name).collect() }
    }

    /// What the vendors were given since, by destination: of a run that ended by its log of requests, of one that died by
    /// the journals, where a request stands before it is answered.
    pub(crate) fn since(&self, shop: &Shop, ended: bool) -> BTreeMap<String, String> {
        let mut given: BTreeMap<String, String> = BTreeMap::new();
        for (content, name) in files(shop.path()) {
            if !self.files.contains(&name) {
                given.entry("handover".to_owned()).or_default().push_str(&content);
            }
        }
        if ended {
            for place in PLACES.iter().filter(|place| place.kind.is_some()) {
                let path = shop.path().join(".lapwing/sandbox").join(place.name).join("requests.json");
                given.insert(place.name.to_owned(), writes(&std::fs::read_to_string(path).unwrap()));
            }
            return given;
        }
        for (destination, path) in journals(shop.path()) {
            let text = std::fs::read_to_string(&path).unwrap();
            let known = self.journals.get(&path).copied().unwrap_or(0).min(text.len());
            given.entry(destination).or_default().push_str(&text[known..]);
        }
        given
    }
}

/// The bodies of requests that change something: looking a record up is no harm.
fn writes(log: &str) -> String {
    let requests: Vec<Json> = serde_json::from_str(log).unwrap();
    let reads = ["/query", "ByDataFilter", "batchGet", "/search", "composite/sobjects/Contact/Lapwing_Id__c/describe"];
    let is_write = |request: &&Json| {
        let path = request["path"].as_str().unwrap();
        request["method"] != "GET" && !reads.iter().any(|read| path.contains(read))
    };
    requests.iter().filter(is_write).map(|request| request["body"].to_string()).collect()
}

fn journals(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for place in &PLACES {
        let Ok(entries) = std::fs::read_dir(folder.join(".lapwing/sandbox").join(place.name)) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.file_name().unwrap().to_str().unwrap().starts_with("journal-") {
                found.push((place.name.to_owned(), path));
            }
        }
    }
    found
}

/// Nobody was sent again for whom `before` knew as confirmed what is wanted now.
#[track_caller]
pub(crate) fn nothing_was_sent_again(before: &Testimony, given: &BTreeMap<String, String>, shop: &Shop, story: &str) {
    for (destination, text) in given {
        let Some(confirmed) = before.confirmed.get(destination) else { continue };
        let settled = |(key, name): &(String, String)| confirmed.get(key) == Some(name);
        let again =
            shop.wanted_keys(destination).into_iter().filter(settled).filter(|(key, _)| text.contains(key)).count();
        assert_eq!(again, 0, "{story}: {destination} was sent {again} records again that it had confirmed");
    }
}

/// Of what a run gave to the vendors, the ledger knows that it is confirmed, or may be on its way.
#[track_caller]
pub(crate) fn nothing_went_unannounced(after: &Testimony, given: &BTreeMap<String, String>, shop: &Shop, story: &str) {
    for (destination, text) in given {
        let is_known = |(key, name): &(String, String)| {
            let knows = |keys: &Keys| keys.get(destination).is_some_and(|keys| keys.get(key) == Some(name));
            knows(&after.confirmed) || knows(&after.announced)
        };
        let sent = shop.wanted_keys(destination).into_iter().filter(|(key, _)| text.contains(key));
        let unknown = sent.filter(|sent| !is_known(sent)).count();
        assert_eq!(unknown, 0, "{story}: {destination} was given {unknown} records that the ledger knows nothing of");
    }
}
