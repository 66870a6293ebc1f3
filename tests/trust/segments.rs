//! Whatever runs come in whatever order: the history of segments says what a book kept by hand says.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use lapwing::attributes::{self, AttributeSettings, bound_relations, compute};
use lapwing::engine::{Engine, EngineOptions, Session};
use lapwing::ledger::{self, LedgerError};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use crate::world::block_on;

const SETTINGS: &str = "[[attributes.custom]]\nname = \"level\"\nrelation = \"customers\"\naggregate = \"max(grade)\"\n\
    [[segments]]\nname = \"s0\"\nwhen = \"level = 0\"\n[[segments]]\nname = \"s1\"\nwhen = \"level = 1\"\n\
    [[segments]]\nname = \"s2\"\nwhen = \"level = 2\"";

#[derive(Debug, Clone)]
struct Run {
    day: i64,
    /// The segment of each customer; none where the exports do not have the customer.
    levels: Vec<Option<u8>>,
    rules: bool,
    /// Whether the run delivers, rather than only looks.
    delivers: bool,
}

fn run() -> impl Strategy<Value = Run> {
    let levels = prop::collection::vec(prop_oneof![1 => Just(None), 3 => (0_u8..3).prop_map(Some)], 4);
    let rules = prop_oneof![5 => Just(false), 1 => Just(true)];
    let delivers = prop_oneof![3 => Just(true), 1 => Just(false)];
    (0_i64..9, levels, rules, delivers).prop_map(|(day, levels, rules, delivers)| Run { day, levels, rules, delivers })
}

/// A customer in the book.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    level: u8,
    entered: i64,
    previous: Option<u8>,
    /// The last day seen, of who is gone.
    gone: Option<i64>,
}

#[derive(Debug, Default)]
struct Book {
    kept: Option<(i64, bool)>,
    entries: BTreeMap<usize, Entry>,
}

impl Book {
    /// Since when, and where from; none where the book does not know.
    fn stay(&self, run: &Run, customer: usize, level: u8) -> Option<(i64, Option<u8>)> {
        let same_rules = self.kept.is_some_and(|(_, rules)| rules == run.rules);
        let before = self.entries.get(&customer).filter(|entry| same_rules && entry.gone.is_none());
        match before {
            Some(before) if before.level == level && before.entered <= run.day => {
                Some((before.entered, before.previous))
            }
            _ if self.is_earlier(run) => None,
            before => Some((run.day, before.map(|before| before.level))),
        }
    }

    fn is_earlier(&self, run: &Run) -> bool {
        self.kept.is_some_and(|(day, _)| day > run.day)
    }

    fn keep(&mut self, run: &Run) {
        if self.is_earlier(run) {
            return;
        }
        let present = |(customer, level): (usize, &Option<u8>)| level.map(|level| (customer, level));
        let now: BTreeMap<usize, Entry> = run
            .levels
            .iter()
            .enumerate()
            .filter_map(present)
            .filter_map(|(customer, level)| {
                let (entered, previous) = self.stay(run, customer, level)?;
                Some((customer, Entry { level, entered, previous, gone: None }))
            })
            .collect();
        match self.kept {
            Some((day, rules)) if rules == run.rules => {
                self.entries.values_mut().for_each(|entry| entry.gone = entry.gone.or(Some(day)));
            }
            _ => self.entries.clear(),
        }
        self.entries.extend(now);
        self.kept = Some((run.day, run.rules));
    }
}

fn as_of(day: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(day) + TimeDelta::hours(7)
}

fn number(value: Option<i64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

fn attributes_of(session: &Session, run: &Run) -> Result<Vec<String>, LedgerError> {
    session.run_script("CREATE OR REPLACE TEMP TABLE customers (customer_id VARCHAR, grade INTEGER)")?;
    for (customer, level) in run.levels.iter().enumerate() {
        if let Some(level) = level {
            session.run_script(&format!("INSERT INTO customers VALUES ('c{customer}', {level})"))?;
        }
    }
    ledger::bind_segments(session, if run.rules { "new" } else { "old" })?;
    let settings: AttributeSettings = toml::from_str(SETTINGS).unwrap();
    let plan = attributes::plan(&settings, &bound_relations(session)?, as_of(run.day)).unwrap();
    compute(session, &plan)?;
    let sql = "SELECT concat_ws(' ', customer_id, segment,
                      coalesce(CAST(date_diff('day', DATE '1970-01-01', segment_entered_on) AS VARCHAR), '-'),
                      coalesce(previous_segment, '-'), coalesce(CAST(days_in_segment AS VARCHAR), '-'))
               FROM attributes ORDER BY customer_id";
    Ok(session.rows(sql, &[], |row| row.text(0))?.into_iter().flatten().collect())
}

fn history(session: &Session) -> Result<Vec<String>, LedgerError> {
    let sql = "SELECT concat_ws(' ', customer_id, segment, date_diff('day', DATE '1970-01-01', entered_on),
                      coalesce(previous_segment, '-'),
                      CASE WHEN present THEN '-' ELSE CAST(date_diff('day', DATE '1970-01-01', last_seen) AS VARCHAR) END)
               FROM segment_history ORDER BY customer_id";
    Ok(session.rows(sql, &[], |row| row.text(0))?.into_iter().flatten().collect())
}

/// The attributes and the history after a run.
fn take(session: &mut Session, number: i64, run: &Run) -> Result<(Vec<String>, Vec<String>), LedgerError> {
    let attributes = attributes_of(session, run)?;
    let rules = if run.rules { "new" } else { "old" };
    ledger::stage_segments(session, number, as_of(run.day), rules)?;
    if run.delivers {
        ledger::keep_segments(session, number)?;
        let kept = history(session)?;
        // Neither the same call again nor the same run again moves anything.
        ledger::keep_segments(session, number)?;
        assert_eq!(attributes_of(session, run)?, attributes);
        ledger::stage_segments(session, number, as_of(run.day), rules)?;
        ledger::keep_segments(session, number)?;
        assert_eq!(history(session)?, kept);
    } else {
        ledger::keep_segments(session, number - 1)?;
    }
    Ok((attributes, history(session)?))
}

fn by_the_book(runs: &[Run]) -> TestCaseResult {
    let options = EngineOptions {
        database: None,
        readable: Vec::new(),
        spill_folder: None,
        memory_limit: Some("1GiB".to_owned()),
        threads: Some(1),
        ..EngineOptions::default()
    };
    let all = runs.to_vec();
    let found = block_on(async move {
        let engine = Engine::open(options).await?;
        engine.run(ledger::prepare).await?;
        let each =
            move |session: &mut Session| all.iter().zip(1..).map(|(run, number)| take(session, number, run)).collect();
        engine.run::<Vec<_>, LedgerError>(each).await
    });
    let mut book = Book::default();
    for (run, (attributes, history)) in runs.iter().zip(found.unwrap()) {
        let mut expected = Vec::new();
        for (customer, level) in run.levels.iter().enumerate() {
            let Some(level) = *level else { continue };
            let stay = book.stay(run, customer, level);
            let (entered, previous) = (stay.map(|stay| stay.0), stay.and_then(|stay| stay.1));
            prop_assert_ne!(previous, Some(level));
            let days = number(entered.map(|entered| run.day - entered));
            let previous = previous.map_or_else(|| "-".to_owned(), |level| format!("s{level}"));
            expected.push(format!("c{customer} s{level} {} {previous} {days}", number(entered)));
        }
        prop_assert_eq!(attributes, expected);
        if run.delivers {
            book.keep(run);
        }
        let entries = book.entries.iter().map(|(customer, entry)| {
            let previous = entry.previous.map_or_else(|| "-".to_owned(), |level| format!("s{level}"));
            format!("c{customer} s{} {} {previous} {}", entry.level, entry.entered, number(entry.gone))
        });
        prop_assert_eq!(history, entries.collect::<Vec<_>>());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_history_is_the_book(runs in prop::collection::vec(run(), 1..8)) {
        by_the_book(&runs)?;
    }
}
