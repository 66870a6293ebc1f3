use super::*;
use proptest::prelude::*;

fn binding(vendor_type: &str, max_chars: Option<usize>, allowed: &[&str]) -> FieldBinding {
    let allowed = allowed.iter().map(|entry| (*entry).to_owned()).collect();
    FieldBinding { id: "F__c".into(), vendor_type: vendor_type.into(), created: false, max_chars, allowed }
}

fn code(vendor_type: &str, value: &Value) -> Option<String> {
    let binding = binding(vendor_type, Some(10), &[]);
    value_flaw(VendorType::parse(vendor_type).unwrap(), &binding, value).map(|flaw| flaw.code)
}

fn decimal(unscaled: i128, scale: u8) -> Value {
    Value::Decimal(Decimal { unscaled, scale })
}

#[test]
fn a_number_must_survive_a_double_and_its_field() {
    let number = |value| code("double(16,2)", &value);
    assert_eq!(number(Value::Int(1 << 53)), None);
    assert_eq!(number(Value::Int((1 << 53) + 1)).as_deref(), Some("inexact_number"));
    assert_eq!(number(Value::Int(i64::MIN)).as_deref(), Some("inexact_number"));
    assert_eq!(number(decimal(12_345_678_901_234_567_891, 2)).as_deref(), Some("inexact_number"));
    assert_eq!(number(decimal(1250, 2)), None);
    assert_eq!(number(decimal(1255, 3)).as_deref(), Some("too_many_decimals"));
    assert_eq!(number(decimal(1250, 3)), None, "1.25 has two decimals");
    assert_eq!(number(Value::Float(0.1 + 0.2)).as_deref(), Some("too_many_decimals"));
    assert_eq!(number(Value::Float(-0.25)), None);
    for none in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(number(Value::Float(none)).as_deref(), Some("invalid_number"));
        assert_eq!(code("string", &Value::Float(none)).as_deref(), Some("invalid_number"));
    }
    assert_eq!(number(Value::Text("3".into())).as_deref(), Some("invalid_number"));
    assert_eq!(code("double(3,0)", &Value::Int(-1000)).as_deref(), Some("number_too_large"));
    assert_eq!(code("double(3,0)", &Value::Int(-999)), None);
    assert_eq!(code("percent(0,2)", &Value::Float(0.25)), None, "a lone zero before the point is no digit");
    assert_eq!(number(Value::Null), None);
}

#[test]
fn dates_have_the_years_of_salesforce() {
    let date = |year| code("date", &Value::Date(NaiveDate::from_ymd_opt(year, 1, 1).unwrap()));
    assert_eq!([date(1700), date(1969), date(4000)], [None, None, None]);
    for year in [-1, 1699, 4001, 10_000] {
        assert_eq!(date(year).as_deref(), Some("invalid_date"), "{year}");
    }
}

#[test]
fn lengths_count_characters_and_controls_are_refused() {
    let text = |text: &str| code("string", &Value::Text(text.into()));
    assert_eq!(text(&"é".repeat(10)), None);
    assert_eq!(text(&"é".repeat(11)).as_deref(), Some("too_long"));
    assert_eq!(text("a\tb\r\nc"), None);
    assert_eq!(text("a\0b").as_deref(), Some("invalid_text"));
    assert_eq!(code("string", &Value::Int(12_345_678_901)).as_deref(), Some("too_long"));
}

#[test]
fn picklists_take_their_entries_only_where_they_are_restricted() {
    let restricted = binding("picklist", Some(255), &["late", "lapsed"]);
    let flaw = |binding: &FieldBinding, kind, value: Value| value_flaw(kind, binding, &value).map(|flaw| flaw.code);
    let text = |text: &str| Value::Text(text.into());
    assert_eq!(flaw(&restricted, VendorType::Text, text("late")), None);
    assert_eq!(flaw(&restricted, VendorType::Text, text("")), None, "empties the field");
    assert_eq!(flaw(&restricted, VendorType::Text, text("Late")).as_deref(), Some("not_in_picklist"));
    assert_eq!(flaw(&binding("picklist", None, &[]), VendorType::Text, text("Late")), None);
    let both = Value::List(vec![text("late"), text("lapsed")]);
    assert_eq!(flaw(&restricted, VendorType::MultiPicklist, both), None);
    assert_eq!(flaw(&restricted, VendorType::MultiPicklist, text("late;gone")).as_deref(), Some("not_in_picklist"));
    let split = Value::List(vec![text("late;lapsed")]);
    assert_eq!(flaw(&restricted, VendorType::MultiPicklist, split).as_deref(), Some("invalid_value"));
}

#[test]
fn a_rejection_never_quotes_the_value() {
    for (kind, value) in [("string", Value::Text("SECRET".repeat(9))), ("date", Value::Text("SECRET".into()))] {
        let binding = binding(kind, Some(10), &[]);
        let flaw = value_flaw(VendorType::parse(kind).unwrap(), &binding, &value).unwrap();
        assert!(!flaw.message.contains("SECRET") && !flaw.hint.unwrap_or_default().contains("SECRET"));
    }
}

proptest! {
    #[test]
    fn a_decimal_is_the_double_that_prints_the_same(unscaled in -999_999_999_999_999_i64..=999_999_999_999_999, scale in 0_u8..20) {
        let number = Decimal { unscaled: unscaled.into(), scale };
        let double = exact_number(number).unwrap();
        let (told, wanted) = (double.to_string(), number.to_string());
        prop_assert_eq!(told.trim_start_matches('-'), wanted.trim_start_matches('-'));
    }
}
