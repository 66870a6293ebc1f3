use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use lapwing_contract::{Decimal, FieldBinding, FieldSpec, FieldType, Operation, Prepared, Target};
use proptest::prelude::*;
use serde_json::value::RawValue;

use super::*;

fn spec(name: &str, field_type: FieldType) -> FieldSpec {
    FieldSpec::new(name, field_type)
}

fn batch(fields: Vec<FieldSpec>, records: Vec<Record>) -> Batch {
    let binding = |field: &FieldSpec| FieldBinding::new(field.name.clone(), field.field_type.to_string());
    let key = spec("email", FieldType::Text);
    Batch {
        number: 7,
        operation: Operation::Upsert,
        target: Arc::new(Prepared {
            key: binding(&key),
            fields: fields.iter().map(binding).collect(),
            list_ids: Vec::new(),
            target: Target::new("s", "contacts", key, fields),
        }),
        records,
    }
}

fn record(key: &str, fields: Vec<(usize, Value)>) -> Record {
    Record { seq: 1, kind: ChangeKind::Changed, key: Value::Text(key.into()), fields }
}

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

fn encoded(batch: &Batch, format: Format, guard_formulas: bool) -> String {
    let config = Config { folder: "out".into(), format, guard_formulas: Some(guard_formulas) };
    let mut out = Vec::new();
    encode(batch, &config, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn texts(names: &[&str]) -> Vec<FieldSpec> {
    names.iter().map(|name| spec(name, FieldType::Text)).collect()
}

#[test]
fn the_file_name_tells_object_run_and_batch() {
    assert_eq!(file_name(&batch(Vec::new(), Vec::new()), "r1", Format::Jsonl), "contacts-r1-00007.jsonl");
    assert_eq!(file_name(&batch(Vec::new(), Vec::new()), "r1", Format::Csv), "contacts-r1-00007.csv");
}

#[test]
fn a_json_line_has_a_fixed_key_order_and_only_the_fields_that_differ() {
    let mut left = record("b@example.com", vec![(0, Value::Null)]);
    left.kind = ChangeKind::Left;
    let batch = batch(
        texts(&["zone", "segment", "area"]),
        vec![record("a@example.com", vec![(0, text("north")), (2, Value::Null)]), left],
    );
    assert_eq!(
        encoded(&batch, Format::Jsonl, true),
        concat!(
            r#"{"change":"changed","operation":"upsert","key":{"email":"a@example.com"},"fields":{"zone":"north","area":null}}"#,
            "\n",
            r#"{"change":"left","operation":"upsert","key":{"email":"b@example.com"},"fields":{"zone":null}}"#,
            "\n"
        )
    );
}

#[test]
fn a_record_without_fields_is_a_line_too() {
    let mut batch = batch(texts(&["segment"]), vec![record("a@example.com", Vec::new())]);
    batch.operation = Operation::Delete;
    assert_eq!(
        encoded(&batch, Format::Jsonl, true),
        "{\"change\":\"changed\",\"operation\":\"delete\",\"key\":{\"email\":\"a@example.com\"},\"fields\":{}}\n"
    );
    assert_eq!(
        encoded(&batch, Format::Csv, true),
        "change,operation,email,segment,cleared,blank\nchanged,delete,a@example.com,,,\n"
    );
}

#[test]
fn awkward_texts_stay_on_their_line() {
    let awkward = "say \"hi\",\n\u{2028}to the 🐦\t\\ end\r\n";
    let batch = batch(texts(&["note \"x\""]), vec![record("a@example.com", vec![(0, text(awkward))])]);
    let lines = encoded(&batch, Format::Jsonl, true);
    assert_eq!(lines.lines().count(), 1);
    let line: serde_json::Value = serde_json::from_str(&lines).unwrap();
    assert_eq!(line["fields"]["note \"x\""], awkward);
    assert!(encoded(&batch, Format::Csv, true).contains("\"say \"\"hi\"\",\n"));
}

#[test]
fn numbers_and_dates_are_exact() {
    let fields = vec![
        spec("big", FieldType::Int),
        spec("money", FieldType::Decimal),
        spec("wide", FieldType::Decimal),
        spec("born", FieldType::Date),
        spec("seen", FieldType::Timestamp),
    ];
    let values = vec![
        (0, Value::Int(9_007_199_254_740_993)),
        (1, Value::Decimal(Decimal { unscaled: -1250, scale: 2 })),
        (2, Value::Decimal(Decimal { unscaled: 12_345_678_901_234_567, scale: 2 })),
        (3, Value::Date(NaiveDate::from_ymd_opt(1931, 5, 9).unwrap())),
        (4, Value::Timestamp(DateTime::from_timestamp_micros(-1).unwrap())),
    ];
    let batch = batch(fields, vec![record("a@example.com", values)]);
    assert!(
        encoded(&batch, Format::Jsonl, true).contains(concat!(
            r#""big":9007199254740993,"money":-12.5,"wide":"123456789012345.67","#,
            r#""born":"1931-05-09","seen":"1969-12-31T23:59:59.999999Z""#
        )),
        "{}",
        encoded(&batch, Format::Jsonl, true)
    );
    assert!(encoded(&batch, Format::Csv, true).ends_with(
        "changed,upsert,a@example.com,9007199254740993,-12.5,123456789012345.67,1931-05-09,\
         1969-12-31T23:59:59.999999Z,,\n"
    ));
}

#[test]
fn a_json_document_keeps_its_digits_and_loses_its_line_breaks() {
    let document = "{ \"n\" : 123456789012345678901.10,\n \"quoted\": \"a \\\" b\\\\\" ,\"c\":[ 1 ] }";
    let fields = vec![spec("doc", FieldType::Json), spec("docs", FieldType::List(Box::new(FieldType::Json)))];
    let json = || Value::Json(document.into());
    let batch = batch(fields, vec![record("a@example.com", vec![(0, json()), (1, Value::List(vec![json()]))])]);
    let compact = "{\"n\":123456789012345678901.10,\"quoted\":\"a \\\" b\\\\\",\"c\":[1]}";
    assert!(encoded(&batch, Format::Jsonl, true).contains(&format!("\"doc\":{compact},\"docs\":[{compact}]")));
}

#[test]
fn csv_tells_untouched_cleared_and_blank_apart() {
    let batch = batch(
        texts(&["one", "two", "three", "four", "five"]),
        vec![record("a@example.com", vec![(1, Value::Null), (2, text("")), (3, text("x")), (4, Value::Null)])],
    );
    assert_eq!(
        encoded(&batch, Format::Csv, true),
        "change,operation,email,one,two,three,four,five,cleared,blank\n\
         changed,upsert,a@example.com,,,,x,,two;five,three\n"
    );
}

#[test]
fn a_csv_text_never_becomes_a_formula() {
    let risky = ["=1+2", "+15550001", "-x", "@SUM(A1)", "\tx", "\rx", "\n=x", "'quoted", "＝1"];
    let harmless = ["a=b", "", " x", "1-2"];
    for value in risky {
        assert_eq!(guarded(value.into(), true), format!("'{value}"));
        assert_eq!(guarded(value.into(), false), value);
    }
    for value in harmless {
        assert_eq!(guarded(value.into(), true), value);
    }
    assert_eq!(cell(&Value::Int(-5), true), "-5");
    assert_eq!(cell(&Value::Decimal(Decimal { unscaled: -5, scale: 1 }), true), "-0.5");
    assert_eq!(cell(&Value::Json("-5".into()), true), "'-5");
    let batch = batch(texts(&["=cmd"]), vec![record("+1@example.com", vec![(0, Value::Null)])]);
    assert_eq!(
        encoded(&batch, Format::Csv, true),
        "change,operation,email,'=cmd,cleared,blank\nchanged,upsert,'+1@example.com,,'=cmd,\n"
    );
}

#[test]
fn a_full_disk_is_told_as_such_in_both_formats() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let batch = batch(texts(&["segment"]), vec![record("a@example.com", Vec::new())]);
    for format in [Format::Jsonl, Format::Csv] {
        let config = Config { folder: "out".into(), format, guard_formulas: None };
        assert_eq!(encode(&batch, &config, &mut Full).unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}

// What follows reads files back the way docs/connectors/file.md tells readers to.

type ReadBack = Vec<(String, Vec<(usize, Value)>)>;

#[derive(serde::Deserialize)]
struct Line {
    change: String,
    operation: String,
    key: HashMap<String, String>,
    fields: HashMap<String, Box<RawValue>>,
}

fn read_jsonl(file: &str, fields: &[FieldSpec]) -> ReadBack {
    let read_line = |line: &str| {
        let line: Line = serde_json::from_str(line).unwrap();
        assert_eq!((line.change.as_str(), line.operation.as_str()), ("changed", "upsert"));
        let values = fields.iter().enumerate().filter_map(|(index, field)| {
            line.fields.get(&field.name).map(|raw| (index, from_json(raw.get(), &field.field_type)))
        });
        (line.key["email"].clone(), values.collect())
    };
    file.split_terminator('\n').map(read_line).collect()
}

fn from_json(raw: &str, field_type: &FieldType) -> Value {
    let string = || serde_json::from_str::<String>(raw).unwrap();
    match field_type {
        _ if raw == "null" => Value::Null,
        FieldType::Json => Value::Json(raw.into()),
        FieldType::Text | FieldType::Date | FieldType::Timestamp => from_text(&string(), field_type),
        FieldType::Decimal if raw.starts_with('"') => from_text(&string(), field_type),
        FieldType::Decimal if raw.parse::<i64>().is_ok() => from_text(raw, field_type),
        FieldType::Decimal => from_text(&format!("{}", raw.parse::<f64>().unwrap()), field_type),
        FieldType::List(of) => {
            let items: Vec<Box<RawValue>> = serde_json::from_str(raw).unwrap();
            Value::List(items.iter().map(|item| from_json(item.get(), of)).collect())
        }
        FieldType::Bool | FieldType::Int | FieldType::Float => from_text(raw, field_type),
    }
}

fn read_csv(file: &str, fields: &[FieldSpec], guard: bool) -> ReadBack {
    let strip = |cell: &str| if guard { cell.strip_prefix('\'').unwrap_or(cell).to_owned() } else { cell.to_owned() };
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    let read_record = |row: csv::StringRecord| {
        let names = |index: usize| strip(&row[index]).split(NAME_SEPARATOR).map(str::to_owned).collect::<Vec<_>>();
        let (cleared, blank) = (names(3 + fields.len()), names(4 + fields.len()));
        let values = fields.iter().enumerate().filter_map(|(index, field)| {
            let raw = &row[3 + index];
            if cleared.contains(&field.name) {
                Some((index, Value::Null))
            } else if !raw.is_empty() || blank.contains(&field.name) {
                let numeric = matches!(
                    field.field_type,
                    FieldType::Bool | FieldType::Int | FieldType::Decimal | FieldType::Float
                );
                let raw = if numeric { raw.to_owned() } else { strip(raw) };
                Some((index, from_text(&raw, &field.field_type)))
            } else {
                None
            }
        });
        (strip(&row[2]), values.collect())
    };
    reader.records().map(|row| read_record(row.unwrap())).collect()
}

fn from_text(text: &str, field_type: &FieldType) -> Value {
    match field_type {
        FieldType::Bool => Value::Bool(text.parse().unwrap()),
        FieldType::Int => Value::Int(text.parse().unwrap()),
        FieldType::Float => Value::Float(text.parse().unwrap()),
        FieldType::Text => Value::Text(text.into()),
        FieldType::Json => Value::Json(text.into()),
        FieldType::Date => Value::Date(NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap()),
        FieldType::Timestamp => Value::Timestamp(text.parse::<DateTime<Utc>>().unwrap()),
        FieldType::Decimal => {
            let scale = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            Value::Decimal(Decimal {
                unscaled: text.replace('.', "").parse().unwrap(),
                scale: u8::try_from(scale).unwrap(),
            })
        }
        FieldType::List(_) => from_json(text, field_type),
    }
}

/// A field of every type, two of them texts with names that need care.
fn all_types() -> Vec<FieldSpec> {
    vec![
        spec("text", FieldType::Text),
        spec("it's, \"näme\"", FieldType::Text),
        spec("bool", FieldType::Bool),
        spec("int", FieldType::Int),
        spec("decimal", FieldType::Decimal),
        spec("float", FieldType::Float),
        spec("date", FieldType::Date),
        spec("timestamp", FieldType::Timestamp),
        spec("list", FieldType::List(Box::new(FieldType::Text))),
        spec("json", FieldType::Json),
    ]
}

fn any_text() -> impl Strategy<Value = String> {
    let awkward =
        prop::sample::select(vec!["", "'", "''", "=1", "\r\n", "\"", ",", ";", "null", "🐦", "\u{0}", "\u{feff}"]);
    prop_oneof![3 => any::<String>(), 1 => (awkward, any::<String>()).prop_map(|(start, rest)| format!("{start}{rest}")), 1 => Just(String::new())]
}

/// Decimals in their shortest form, as they read back.
fn any_decimal() -> impl Strategy<Value = Value> {
    (any::<i64>(), 0_u8..12).prop_map(|(unscaled, scale)| {
        let (mut unscaled, mut scale) = (i128::from(unscaled), scale);
        while scale > 0 && unscaled % 10 == 0 {
            unscaled /= 10;
            scale -= 1;
        }
        Value::Decimal(Decimal { unscaled, scale })
    })
}

fn any_value(field_type: &FieldType) -> BoxedStrategy<Value> {
    let finite = prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO;
    match field_type {
        FieldType::Text => any_text().prop_map(Value::Text).boxed(),
        FieldType::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        FieldType::Int => any::<i64>().prop_map(Value::Int).boxed(),
        FieldType::Decimal => any_decimal().boxed(),
        FieldType::Float => finite.prop_map(Value::Float).boxed(),
        FieldType::Date => {
            (-700_000_i32..2_900_000).prop_map(|days| Value::Date(NaiveDate::from_epoch_days(days).unwrap())).boxed()
        }
        FieldType::Timestamp => (-60_000_000_000_000_000_i64..250_000_000_000_000_000)
            .prop_map(|micros| Value::Timestamp(DateTime::from_timestamp_micros(micros).unwrap()))
            .boxed(),
        FieldType::List(of) => prop::collection::vec(any_value(of), 0..4).prop_map(Value::List).boxed(),
        FieldType::Json => prop_oneof![
            any_text().prop_map(|text| serde_json::Value::from(text).to_string()),
            any::<i64>().prop_map(|number| format!("{{\"n\":{number}0123456789.10}}")),
        ]
        .prop_map(Value::Json)
        .boxed(),
    }
}

fn any_record() -> impl Strategy<Value = Record> {
    let fields: Vec<_> = all_types()
        .iter()
        .map(|field| prop_oneof![2 => any_value(&field.field_type).prop_map(Some), 1 => Just(Some(Value::Null)), 1 => Just(None)])
        .collect();
    (any_text(), fields).prop_map(|(key, fields)| {
        let fields = fields.into_iter().enumerate().filter_map(|(index, value)| value.map(|value| (index, value)));
        record(&key, fields.collect())
    })
}

proptest! {
    #[test]
    fn files_read_back_to_the_same_values(records in prop::collection::vec(any_record(), 1..5), guard in any::<bool>()) {
        let expected: ReadBack =
            records.iter().map(|record| (record.key.to_text(), record.fields.clone())).collect();
        let fields = all_types();
        let batch = batch(fields.clone(), records);
        let lines = encoded(&batch, Format::Jsonl, guard);
        prop_assert!(read_jsonl(&lines, &fields) == expected, "{lines}");
        let table = encoded(&batch, Format::Csv, guard);
        prop_assert!(read_csv(&table, &fields, guard) == expected, "{table}");
        prop_assert_eq!(encoded(&batch, Format::Csv, guard), table);
    }
}
