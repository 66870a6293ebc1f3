//! Cases: values and keys at the edges. Kept to the letter or refused with a reason, never altered in silence.

use chrono::{DateTime, NaiveDate, TimeDelta};
use lapwing_contract::{Decimal, FieldType, KeyMatching, Outcome, Record, Value};

use super::Harness;
use super::play::Play;

/// Emoji, quotes, line ends, and texts that look like something else.
pub async fn keeps_texts_to_the_letter(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let field = play.text_field();
    let texts = [
        "☂️ 👩‍👩‍👧‍👦 é e\u{301} ß 漢字",
        "\"double\" 'single' `back` \\",
        "one\ntwo\r\nthree\tfour",
        "=1+2",
        "#N/A",
        "null",
        "007",
        "2021-02-30",
        "<b>&amp;</b>",
        "a,b;c|d",
        "\u{202e}right to left",
    ];
    let records = texts.into_iter().zip(1..).map(|(text, n)| play.only(n, field, Value::Text(text.into())));
    play.upsert_all(records.collect()).await;
    // A vendor may refuse or keep these; it may not change them and have them confirmed.
    let odd = [" spaces around ", "nul\u{0}inside", "\u{feff}mark"];
    let records = odd.into_iter().zip(50..).map(|(text, n)| play.only(n, field, Value::Text(text.into())));
    keeps_or_refuses(&play, records.collect()).await;
}

/// Texts far beyond any field.
pub async fn keeps_or_refuses_huge_texts(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let field = play.text_field();
    let text = |length: usize| Value::Text("é☂".chars().cycle().take(length).collect());
    let lengths = [51, 256, 1_001, 32_001, 200_000];
    keeps_or_refuses(
        &play,
        lengths.into_iter().zip(1..).map(|(length, n)| play.only(n, field, text(length))).collect(),
    )
    .await;
}

/// Keys far beyond any key.
pub async fn keeps_or_refuses_very_long_keys(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let records = [300_usize, 5_000].into_iter().zip(1..).map(|(length, n)| {
        let key = format!("{}{}", "x".repeat(length), harness.key(n).to_text());
        Record { key: Value::Text(key), ..play.full(n) }
    });
    keeps_or_refuses(&play, records.collect()).await;
}

/// Whole and decimal numbers that no double can hold.
pub async fn keeps_or_refuses_numbers_beyond_two_to_the_fifty_third(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let mut records = Vec::new();
    if let Some(field) = play.field(|of| *of == FieldType::Int) {
        let numbers = [9_007_199_254_740_993, -9_007_199_254_740_993, i64::MAX, i64::MIN];
        records.extend(numbers.into_iter().zip(1..).map(|(number, n)| play.only(n, field, Value::Int(number))));
    }
    if let Some(field) = play.field(|of| *of == FieldType::Decimal) {
        let number = Decimal { unscaled: 12_345_678_901_234_567_891, scale: 2 };
        records.push(play.only(20, field, Value::Decimal(number)));
    }
    keeps_or_refuses(&play, records).await;
}

/// NaN and the infinities have no place in a snapshot; where one comes all the same, it is not made into a number.
pub async fn never_confirms_a_number_that_is_none(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let Some(field) = play.field(|of| *of == FieldType::Float) else { return };
    let numbers = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let records: Vec<_> =
        numbers.into_iter().zip(1..).map(|(number, n)| play.only(n, field, Value::Float(number))).collect();
    let mut all = records.clone();
    all.push(play.full(90));
    let delivery = play.upsert(all).await;
    play.assert_holds(&play.full(90));
    let name = &play.target.target.fields[field].name;
    for record in &records {
        assert!(!matches!(delivery.outcomes[&record.seq], Outcome::Unknown | Outcome::Pending(_)), "left open");
        let stored = play.stored(&record.key).and_then(|mut stored| stored.fields.remove(name));
        assert!(stored.is_none_or(|value| value.is_null() || value == ""), "record #{}", record.seq);
    }
}

/// Dates from before the epoch of most programs, and from long before.
pub async fn keeps_dates_before_1970(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let mut records = Vec::new();
    if let Some(field) = play.field(|of| *of == FieldType::Date) {
        let dates = [(1969, 12, 31), (1900, 2, 28), (1850, 6, 15)].map(|(y, m, d)| NaiveDate::from_ymd_opt(y, m, d));
        records.extend(dates.into_iter().flatten().zip(1..).map(|(date, n)| play.only(n, field, Value::Date(date))));
    }
    if let Some(field) = play.field(|of| *of == FieldType::Timestamp) {
        let at = DateTime::UNIX_EPOCH - TimeDelta::seconds(1);
        records.push(play.only(20, field, Value::Timestamp(at)));
    }
    play.upsert_all(records).await;
}

/// Keys that differ in case are one record or two, as the capabilities say.
pub async fn compares_keys_as_it_says(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let field = play.text_field();
    let lower = play.only(1, field, Value::Text("lower".into()));
    let upper = Record {
        key: Value::Text(lower.key.to_text().to_uppercase()),
        ..play.only(2, field, Value::Text("upper".into()))
    };
    play.upsert_all(vec![lower.clone()]).await;
    play.upsert_all(vec![upper.clone()]).await;
    match play.capabilities.key_matching {
        KeyMatching::CaseSensitive => play.assert_holds(&lower),
        KeyMatching::CaseInsensitive => play.assert_holds(&Record { key: lower.key, ..upper }),
    }
}

/// Delivers odd records beside a plain one: each is kept to the letter or refused, and the plain one is kept.
async fn keeps_or_refuses(play: &Play<'_>, mut records: Vec<Record>) {
    let plain = play.full(90);
    records.push(plain.clone());
    let delivery = play.upsert(records.clone()).await;
    play.assert_settled(&records, &delivery);
    let kept = delivery.outcomes[&plain.seq].is_confirmed();
    assert!(kept, "the plain record beside them: {:?}", delivery.outcomes[&plain.seq]);
}
