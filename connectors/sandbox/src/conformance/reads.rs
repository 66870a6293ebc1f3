//! Cases: reading back. What was confirmed is what is read, to the letter; whatever else is there is told apart from it.

use lapwing_contract::{Clearing, ErrorKind, KeyMatching, Reading, Record, Value};

use super::play::{ExpectThat, Play};
use super::samples::sample;
use super::{Access, Harness};

impl Play<'_> {
    /// How the destination reads; none where it does not.
    fn reading(&self) -> Option<Reading> {
        self.capabilities.reading
    }

    /// Reads in calls of the size that the capabilities allow, once everything that was confirmed has to show.
    async fn read(&self, keys: &[Value]) -> Vec<Option<Vec<Value>>> {
        let Some(reading) = self.reading() else { return Vec::new() };
        self.stage.clock.sleep(reading.lag).await;
        let mut rows = Vec::new();
        for keys in keys.chunks(reading.keys_per_call) {
            let found = self.destination.read(&self.target, keys).await.expect_that("read");
            assert_eq!(found.len(), keys.len(), "one row per key");
            rows.extend(found);
        }
        rows
    }

    async fn read_one(&self, key: &Value) -> Option<Vec<Value>> {
        self.read(std::slice::from_ref(key)).await.pop().flatten()
    }

    /// Whether what was read of a record is what was confirmed of it.
    fn assert_reads(&self, record: &Record, row: Option<&Vec<Value>>) {
        let row = row.unwrap_or_else(|| panic!("record #{} is confirmed and not read", record.seq));
        for (at, value) in &record.fields {
            let name = &self.target.target.fields[*at].name;
            assert!(
                self.destination.agrees(&self.target, *at, value, &row[*at]),
                "record #{}: `{name}` reads back",
                record.seq
            );
        }
    }
}

/// `read` gives what was written, in the order of the keys, and nothing for keys that do not exist.
pub async fn reads_back_what_it_wrote(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    if play.reading().is_none() {
        return;
    }
    let (one, two) = (play.full(1), play.full(2));
    play.upsert_all(vec![one.clone(), two.clone()]).await;
    let keys = [two.key.clone(), harness.key(99), one.key.clone()];
    let rows = play.read(&keys).await;
    let [Some(second), None, Some(first)] = &rows[..] else {
        panic!("one row per key, none for a missing one: {rows:?}");
    };
    for (record, row) in [(one, first), (two, second)] {
        assert_eq!(row.len(), play.target.target.fields.len(), "one value per field");
        for (at, value) in &record.fields {
            let field = &play.target.target.fields[*at];
            assert!(harness.holds(field, value, Some(&row[*at].to_json())), "field `{}` reads back", field.name);
        }
    }
}

/// A field of any type agrees with what was confirmed, and not with another value, nothing among them.
pub async fn agrees_with_what_it_wrote_and_with_nothing_else(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    if play.reading().is_none() {
        return;
    }
    let (record, other) = (play.full(1), play.full(2));
    play.upsert_all(vec![record.clone()]).await;
    let row = play.read_one(&record.key).await;
    play.assert_reads(&record, row.as_ref());
    let row = row.unwrap_or_default();
    for ((at, value), (_, other)) in record.fields.iter().zip(&other.fields) {
        let name = &play.target.target.fields[*at].name;
        let agrees = |value: &Value| play.destination.agrees(&play.target, *at, value, &row[*at]);
        assert!(value == other || !agrees(other), "`{name}` agrees with another value");
        // What a record cannot be without is never emptied, so a null there says nothing.
        let is_required = harness.required().contains(at);
        assert!(is_required || !agrees(&Value::Null), "`{name}` agrees with nothing");
        assert!(!play.destination.agrees(&play.target, *at, value, &Value::Null), "`{name}` agrees once it is emptied");
    }
}

/// A field that was emptied reads as nothing.
pub async fn reads_back_what_was_emptied(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    if play.reading().is_none() {
        return;
    }
    let record = play.full(1);
    play.upsert_all(vec![record.clone()]).await;
    let mut emptied = record.clone();
    let required = harness.required();
    emptied.fields.retain(|(at, _)| {
        let field_type = &play.target.target.fields[*at].field_type;
        (play.capabilities.clearing)(field_type) == Clearing::Possible && !required.contains(at)
    });
    for (_, value) in &mut emptied.fields {
        *value = Value::Null;
    }
    play.upsert_all(vec![emptied.clone()]).await;
    play.assert_reads(&emptied, play.read_one(&record.key).await.as_ref());
}

/// More keys than go into one request, with holes among them, come back in their order.
pub async fn reads_more_keys_than_a_request_takes(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let Some(reading) = play.reading() else { return };
    let field = play.text_field();
    let most = u64::try_from(reading.keys_per_request.min(200)).unwrap_or(200);
    let all = 2 * most + 5;
    let written = (1..=all).filter(|n| n % 3 != 0);
    play.upsert_all(written.map(|n| play.only(n, field, sample(&lapwing_contract::FieldType::Text, n))).collect())
        .await;
    let keys: Vec<Value> = (1..=all).rev().map(|n| harness.key(n)).collect();
    let rows = play.read(&keys).await;
    for (n, row) in (1..=all).rev().zip(rows) {
        if n % 3 == 0 {
            assert!(row.is_none(), "record #{n} was never written");
        } else {
            play.assert_reads(&play.only(n, field, sample(&lapwing_contract::FieldType::Text, n)), row.as_ref());
        }
    }
}

/// A key in another case reads the same record or none, as the capabilities say.
pub async fn reads_keys_in_the_case_that_it_says(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    if play.reading().is_none() {
        return;
    }
    let record = play.full(1);
    play.upsert_all(vec![record.clone()]).await;
    let upper = Value::Text(record.key.to_text().to_uppercase());
    let row = play.read_one(&upper).await;
    match play.capabilities.key_matching {
        KeyMatching::CaseSensitive => assert!(row.is_none(), "a key in another case is another key"),
        KeyMatching::CaseInsensitive => play.assert_reads(&record, row.as_ref()),
    }
}

/// Keys that could break out of a query, an address or a list mean themselves alone.
pub async fn reads_odd_keys_to_the_letter(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    if play.reading().is_none() {
        return;
    }
    let field = play.text_field();
    let odd = [
        "o'hara",
        "a' OR Name != '",
        "\\'",
        "a\"b",
        "☂️é漢",
        "a,b",
        "a&b=c",
        "a%27b",
        "a+b",
        "a%b_",
        "a:b*",
        "x)",
        "#1",
    ];
    let key = |start: &str| Value::Text(format!("{start}{}", harness.key(1).to_text()));
    play.upsert_all(vec![play.only(1, field, Value::Text("plain".into()))]).await;
    for start in odd {
        assert!(play.read_one(&key(start)).await.is_none(), "{start:?} is not there, and finds nobody else");
    }
    let record =
        |(n, start): (u64, &str)| Record { key: key(start), ..play.only(n, field, Value::Text(format!("v{n}"))) };
    let records: Vec<Record> = (10..).zip(odd).map(record).collect();
    let delivery = play.upsert(records.clone()).await;
    play.assert_settled(&records, &delivery);
    let rows = play.read(&records.iter().map(|record| record.key.clone()).collect::<Vec<_>>()).await;
    for (record, row) in records.iter().zip(rows) {
        if delivery.outcomes[&record.seq].is_confirmed() {
            play.assert_reads(record, row.as_ref());
        } else {
            assert!(row.is_none(), "record #{} was refused and is read", record.seq);
        }
    }
}

/// `locate` shows what `prepare` would create as missing, creates nothing, and finds it afterwards.
pub async fn locates_without_creating(harness: &dyn Harness) {
    let stage = harness.stage();
    let destination = harness.connect(&stage, Access::Full);
    let target = harness.target();
    if destination.capabilities(&target.object).reading.is_none() {
        return;
    }
    let before = destination.locate(&target).await.expect_that("locate");
    let again = destination.locate(&target).await.expect_that("locate");
    assert_eq!(before.fields, again.fields, "a look changes nothing");
    let found = destination.read(&before, &[harness.key(1)]).await.expect_that("read");
    assert!(found == [None], "nobody is there yet");
    let prepared = destination.prepare(&target).await.expect_that("prepare");
    let located = destination.locate(&target).await.expect_that("locate");
    for ((missing, prepared), located) in before.fields.iter().zip(&prepared.fields).zip(&located.fields) {
        assert_eq!(missing.is_missing(), prepared.created, "what is missing is what has to be created");
        assert!(!located.is_missing() && located.id == prepared.id, "what was created is located");
    }
}

/// Where the capabilities name no reading, `read` and `locate` say so.
pub async fn refuses_to_read_where_it_cannot(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    if play.reading().is_some() {
        return;
    }
    let read = play.destination.read(&play.target, &[harness.key(1)]).await.map(|_| ());
    let located = play.destination.locate(&harness.target()).await.map(|_| ());
    for answer in [read, located] {
        assert_eq!(answer.map_err(|refused| refused.kind), Err(ErrorKind::Configuration));
    }
}
