//! What holds in the end, whatever happened on the way.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::NaiveDate;
use lapwing::engine::{EngineError, Session};
use lapwing_contract::{OnLeave, SyncMode, Value};

use crate::case::{FIRST_BAD, Row};
use crate::play::{Play, UNTIL_ALL_IS_QUIET};
use crate::sync::Ran;
use crate::vendors::Stored;

/// What the ledger knows of one field: key, field, value.
type Known = (String, String, Option<String>);

impl Play {
    /// After the last fault: one run makes everything right, and the next has nothing to say.
    pub(crate) fn ends_well(&mut self) {
        let last = self.quiet_run(UNTIL_ALL_IS_QUIET);
        assert!(last.failure.is_none(), "nothing goes wrong any more: {:?}", last.failure);
        self.destination_is_the_snapshot();
        self.ledger_is_the_destination();
        self.only_bad_records_are_refused(&last);
        let before = self.figures.requests;
        let again = self.quiet_run(Duration::from_secs(60));
        let sent = (again.counts.unwrap().to_send, self.figures.requests - before);
        assert_eq!(sent, (0, 0), "nothing is left to send, and nothing is asked");
        assert_eq!(self.watch.repeated(), Vec::<String>::new(), "what was confirmed is not sent again without a cause");
    }

    /// The customers that the destination should have, in the order of a list.
    fn wanted(&self) -> Vec<(u64, Row)> {
        let mut wanted: Vec<(u64, Row)> = self.rows.iter().map(|(number, row)| (*number, *row)).collect();
        if self.case.account.mode() == SyncMode::List {
            wanted.sort_by_key(|(number, row)| (row.b.is_none(), row.b, format!("{number:03}")));
            let limit = self.case.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap());
            wanted.truncate(limit);
        }
        wanted
    }

    /// The records of the destination by key; none is there twice.
    fn stored(&self) -> BTreeMap<String, Stored> {
        let mut by_key = BTreeMap::new();
        for (key, stored) in self.case.account.stored(&self.sandbox.state()) {
            assert!(by_key.insert(key, stored).is_none(), "a record is there twice");
        }
        by_key
    }

    fn destination_is_the_snapshot(&self) {
        let account = self.case.account;
        let stored = self.stored();
        let wanted = self.wanted();
        for number in &self.known {
            let found = stored.get(&self.key(*number));
            let row = wanted.iter().find(|(wanted, _)| wanted == number).map(|(_, row)| row);
            match (row, found) {
                _ if *number >= FIRST_BAD => assert!(found.is_none(), "customer {number} is bad"),
                (Some(row), found) => {
                    let found = found.unwrap_or_else(|| panic!("customer {number} is there"));
                    for (field, value) in self.values(*number, row) {
                        let holds = account.holds(field, &value, found.fields.get(field));
                        assert!(
                            holds,
                            "customer {number}, `{field}`: {:?} for {}",
                            found.fields.get(field),
                            value.to_text()
                        );
                    }
                    assert_eq!(found.lists, account.lists().len(), "customer {number} is on every list");
                }
                (None, found) => self.has_left(*number, found),
            }
        }
        let keys: Vec<String> = self.known.iter().map(|number| self.key(*number)).collect();
        assert!(stored.keys().all(|key| keys.contains(key)), "there are no records beside");
        if account.mode() == SyncMode::List {
            let order: Vec<String> = account.stored(&self.sandbox.state()).into_iter().map(|(key, _)| key).collect();
            let good = wanted.iter().filter(|(number, _)| *number < FIRST_BAD);
            assert_eq!(order, good.map(|(number, _)| self.key(*number)).collect::<Vec<_>>(), "the list is in order");
        }
    }

    fn has_left(&self, number: u64, found: Option<&Stored>) {
        let account = self.case.account;
        match (self.case.on_leave, found) {
            (OnLeave::Delete, found) => assert!(found.is_none(), "customer {number} is deleted"),
            (OnLeave::RemoveFromList, Some(found)) => assert_eq!(found.lists, 0, "customer {number} is off the lists"),
            (OnLeave::Clear, Some(found)) => {
                let text = account.fields().iter().find(|mapped| mapped.column == "a").unwrap();
                let is_empty = account.holds(text.field, &Value::Null, found.fields.get(text.field));
                assert!(is_empty, "customer {number}, `{}` is emptied", text.field);
            }
            _ => {}
        }
    }

    /// The values that the destination should have, by field. What is missing and cannot be emptied is left out.
    fn values(&self, number: u64, row: &Row) -> Vec<(&'static str, Value)> {
        let day = |day: u32| Value::Date(NaiveDate::from_ymd_opt(2026, 1, day).unwrap());
        let value = |column: &str| match column {
            "name" => Some(Value::Text(format!("Name {number}"))),
            "a" => row.a.map(|a| Value::Text(format!("a{a}"))),
            "b" => row.b.map(Value::Int),
            _ => row.c.map(day),
        };
        let is_emptied = |column: &str| self.case.account.name() != "sendgrid" || column == "a";
        let fields = self.case.account.fields().iter();
        fields
            .filter_map(|mapped| match value(mapped.column) {
                None if !is_emptied(mapped.column) => None,
                value => Some((mapped.field, value.unwrap_or(Value::Null))),
            })
            .collect()
    }

    fn ledger_is_the_destination(&self) {
        let account = self.case.account;
        let stored = self.stored();
        for (key, field, value) in self.known_values() {
            let column = account.fields().iter().find(|mapped| mapped.field == field).unwrap().column;
            let value = match (column, value) {
                (_, None) => Value::Null,
                ("b", Some(text)) => Value::Int(text.parse().unwrap()),
                ("c", Some(text)) => Value::Date(text.parse().unwrap()),
                (_, Some(text)) => Value::Text(text),
            };
            let found = stored.iter().find(|(stored, _)| stored.to_lowercase() == key.to_lowercase());
            let found = found.and_then(|(_, stored)| stored.fields.get(&field));
            assert!(
                account.holds(&field, &value, found),
                "the ledger about `{field}` of {key}: {}, and there {found:?}",
                value.to_text()
            );
        }
    }

    fn known_values(&self) -> Vec<Known> {
        let sql = "SELECT key, field, value FROM deliveries WHERE known";
        let work = move |session: &mut Session| {
            session.rows(sql, &[], |row| Ok((row.text(0)?.unwrap(), row.text(1)?.unwrap(), row.text(2)?)))
        };
        self.simulation.run(self.simulation.engine.run::<Vec<Known>, EngineError>(work)).unwrap()
    }

    /// One bad record costs itself only.
    fn only_bad_records_are_refused(&self, last: &Ran) {
        let bad = self.wanted().iter().filter(|(number, _)| *number >= FIRST_BAD).count() as u64;
        assert_eq!(last.folded.rejected + last.counts.unwrap().held, bad, "every refusal has its reason");
        let kept = |session: &mut Session| session.one("SELECT count(*) FROM rejections", &[], |row| row.count(0));
        let kept = self.simulation.run(self.simulation.engine.run::<u64, EngineError>(kept)).unwrap();
        assert_eq!(kept, bad, "a refusal is kept as long as it stands");
    }
}
