//! Values of fields: which are taken, and how they are kept. JSON in, the form of the state out: days as `YYYY-MM-DD`,
//! instants as RFC 3339, numbers as doubles.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use serde_json::Value as Json;

use super::answers::{RowError, instant};
use super::ids::number_of;
use super::schema::{FieldDef, Kind, Schema};

/// A value as it is kept, or why it is refused. Null and the empty text empty a field.
pub(super) fn check(field: &FieldDef, value: &Json, schema: &Schema) -> Result<Json, RowError> {
    if !field.writable {
        let message = format!(
            "Unable to create/update fields: {}. Please check the security settings of this field and verify that it \
             is read/write for your profile or permission set.",
            field.name
        );
        return Err(RowError::on("INVALID_FIELD_FOR_INSERT_UPDATE", message, &field.name));
    }
    if value.is_null() || (value == "" && field.kind != Kind::Boolean) {
        return empty(field);
    }
    match &field.kind {
        Kind::Boolean => value.as_bool().map(Json::Bool).ok_or_else(|| misshapen(field, "boolean")),
        Kind::Number { precision, scale } => number(field, value, *precision, *scale),
        Kind::Date => date(field, text(field, value)?),
        Kind::DateTime => date_time(field, text(field, value)?),
        Kind::Email => email(field, text(field, value)?),
        Kind::Picklist { values, restricted } => picklist(field, text(field, value)?, values, *restricted),
        Kind::MultiPicklist(values) => {
            let given = text(field, value)?;
            given.split(';').try_for_each(|one| picklist(field, one, values, true).map(drop))?;
            Ok(Json::from(given))
        }
        Kind::Reference(to) => reference(field, text(field, value)?, to, schema),
        Kind::Text(length) | Kind::TextArea(length) => short_enough(field, text(field, value)?, *length),
        Kind::Phone | Kind::Id | Kind::AutoNumber => short_enough(field, text(field, value)?, field.kind.length()),
    }
}

/// A checkbox is never empty; that null is refused with this code is *unverified*.
fn empty(field: &FieldDef) -> Result<Json, RowError> {
    if field.kind == Kind::Boolean {
        return Err(RowError::on("INVALID_TYPE_ON_FIELD_IN_RECORD", "a checkbox cannot be null", &field.name));
    }
    if field.required {
        let message = format!("Required fields are missing: [{}]", field.name);
        return Err(RowError::on("REQUIRED_FIELD_MISSING", message, &field.name));
    }
    Ok(Json::Null)
}

/// The words are those of Salesforce's JSON parser; that they come for the row alone is *unverified*.
fn misshapen(field: &FieldDef, wanted: &str) -> RowError {
    let message = format!("Cannot deserialize instance of {wanted} from the value given");
    RowError::on("JSON_PARSER_ERROR", message, &field.name)
}

fn text<'a>(field: &FieldDef, value: &'a Json) -> Result<&'a str, RowError> {
    let text = value.as_str().ok_or_else(|| misshapen(field, field.kind.name()))?;
    if text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
        return Err(RowError::on("JSON_PARSER_ERROR", "illegal control character", &field.name));
    }
    Ok(text)
}

fn short_enough(field: &FieldDef, text: &str, length: usize) -> Result<Json, RowError> {
    if text.chars().count() > length {
        let message = format!("{}: data value too large: {text} (max length={length})", field.name);
        return Err(RowError::on("STRING_TOO_LONG", message, &field.name));
    }
    Ok(Json::from(text))
}

/// Recorded: "invalid email address: badone". Which odd forms it takes is *unverified*.
fn email(field: &FieldDef, text: &str) -> Result<Json, RowError> {
    let good = text.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
    });
    if !good || text.chars().any(|c| c.is_whitespace() || ",;<>()".contains(c)) {
        let message = format!("{}: invalid email address: {text}", field.name);
        return Err(RowError::on("INVALID_EMAIL_ADDRESS", message, &field.name));
    }
    short_enough(field, text, Kind::Email.length())
}

fn picklist(field: &FieldDef, text: &str, values: &[String], restricted: bool) -> Result<Json, RowError> {
    if restricted && !values.iter().any(|value| value == text) {
        let message = format!("{}: bad value for restricted picklist field: {text}", field.name);
        return Err(RowError::on("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, &field.name));
    }
    short_enough(field, text, Kind::Picklist { values: Vec::new(), restricted }.length())
}

fn reference(field: &FieldDef, id: &str, to: &str, schema: &Schema) -> Result<Json, RowError> {
    if !matches!(id.len(), 15 | 18) {
        let message = format!("{}: id value of incorrect type: {id}", field.name);
        return Err(RowError::on("MALFORMED_ID", message, &field.name));
    }
    let object = schema.find(to).map(|at| &schema.objects[at]);
    if object.and_then(|object| number_of(&object.prefix, id)).is_none() {
        return Err(RowError::on("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", &field.name));
    }
    Ok(Json::from(id))
}

/// A double, rounded to the field's scale in silence; more digits before the point than the field has are refused.
fn number(field: &FieldDef, value: &Json, precision: u8, scale: u8) -> Result<Json, RowError> {
    let number = value.as_f64().ok_or_else(|| misshapen(field, "double"))?;
    let power = 10_f64.powi(i32::from(scale));
    let rounded = if (number * power).abs() < 9e15 { (number * power).round() / power } else { number };
    if rounded.abs() >= 10_f64.powi(i32::from(precision.saturating_sub(scale))) {
        let message = format!("{}: value outside of valid range on numeric field", field.name);
        return Err(RowError::on("NUMBER_OUTSIDE_VALID_RANGE", message, &field.name));
    }
    Ok(Json::from(rounded))
}

/// Years from 1700 to 4000 (Salesforce's documentation of the types).
fn in_range(field: &FieldDef, year: i32) -> Result<(), RowError> {
    let message = format!("{}: the year is not between 1700 and 4000", field.name);
    if (1700..=4000).contains(&year) { Ok(()) } else { Err(RowError::on("INVALID_DATE", message, &field.name)) }
}

fn date(field: &FieldDef, text: &str) -> Result<Json, RowError> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| misshapen(field, "date"))?;
    in_range(field, day.year())?;
    Ok(Json::from(day.to_string()))
}

/// Instants are kept in seconds; fractions are cut off.
fn date_time(field: &FieldDef, text: &str) -> Result<Json, RowError> {
    let zoned =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"));
    let at = zoned.map_err(|_| misshapen(field, "datetime"))?.with_timezone(&Utc);
    in_range(field, at.year())?;
    Ok(Json::from(at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)))
}

/// A cell of a CSV file as the JSON that stands for it; none where the cell is empty: the field is left alone.
pub(super) fn of_cell(field: &FieldDef, cell: &str) -> Option<Json> {
    match (cell, &field.kind) {
        ("", _) => None,
        ("#N/A", _) => Some(Json::Null),
        ("true" | "1", Kind::Boolean) => Some(Json::Bool(true)),
        ("false" | "0", Kind::Boolean) => Some(Json::Bool(false)),
        (_, Kind::Number { .. }) => {
            Some(cell.parse::<f64>().ok().filter(|number| number.is_finite()).map_or_else(|| cell.into(), Json::from))
        }
        _ => Some(cell.into()),
    }
}

/// A kept value as reads show it.
pub(super) fn shown(field: &FieldDef, kept: &Json) -> Json {
    let as_instant = || NaiveDateTime::parse_from_str(kept.as_str()?, "%Y-%m-%dT%H:%M:%SZ").ok();
    match field.kind {
        Kind::DateTime => as_instant().map_or(Json::Null, |at| Json::from(instant(at.and_utc()))),
        _ => kept.clone(),
    }
}

/// The form in which keys are compared.
pub(super) fn folded(field: &FieldDef, kept: &Json) -> String {
    match kept {
        Json::String(text) if field.case_sensitive => text.clone(),
        Json::String(text) => text.chars().flat_map(char::to_lowercase).collect(),
        other => other.as_f64().map_or_else(String::new, |number| number.to_string()),
    }
}
