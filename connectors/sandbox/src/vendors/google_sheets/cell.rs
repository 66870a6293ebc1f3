//! One cell: what it holds, how values get in and out.

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value as Json};

use super::answers::Refusal;

/// Most characters of a cell (documented); counted as UTF-16 units, which is *unverified* and the stricter guess.
const CELL_CHARS: usize = 50_000;

/// What a cell holds. Numbers are doubles, and so are dates (discovery document, `ExtendedValue`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CellValue {
    Bool(bool),
    Number(f64),
    Text(Box<str>),
    /// The fake knows no formulas: it keeps their text, and their value reads as an error.
    Formula(Box<str>),
}

/// How a number is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NumberFormat {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) pattern: String,
}

/// A cell with its format.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Cell {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<CellValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) format: Option<NumberFormat>,
}

/// How values come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    Raw,
    UserEntered,
}

/// How values go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Render {
    Formatted,
    Unformatted,
    Formula,
}

/// What a value in a request does to its cell: `null` leaves it, `""` empties it (discovery document, `ValueRange`).
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Write {
    Skip,
    Put(Option<CellValue>),
}

/// Reads one value of a request.
pub(super) fn write(input: Input, value: &Json) -> Result<Write, Refusal> {
    let put = |value| Ok(Write::Put(Some(value)));
    match value {
        Json::Null => Ok(Write::Skip),
        Json::Bool(value) => put(CellValue::Bool(*value)),
        Json::Number(number) => {
            let number = number.as_f64().filter(|number| number.is_finite());
            put(CellValue::Number(number.ok_or_else(|| Refusal::invalid("not a number that a double holds"))?))
        }
        Json::String(text) if text.is_empty() => Ok(Write::Put(None)),
        Json::String(text) if text.encode_utf16().count() > CELL_CHARS => {
            let message =
                format!("Your input contains more than the maximum of {CELL_CHARS} characters in a single cell.");
            Err(Refusal::invalid(message))
        }
        Json::String(text) if input == Input::Raw => put(CellValue::Text(text.as_str().into())),
        Json::String(text) => put(typed(text)),
        Json::Array(_) => Err(Refusal::invalid("list_value is no value of a cell")),
        Json::Object(_) => Err(Refusal::invalid("struct_value is no value of a cell")),
    }
}

/// What the window of a browser makes of a text that somebody types: recorded for formulas, numbers, booleans and
/// days; other spellings stay text here.
fn typed(text: &str) -> CellValue {
    let trimmed = text.trim();
    if text.starts_with('=') && text.len() > 1 {
        return CellValue::Formula(text.into());
    }
    if let Some(rest) = text.strip_prefix('\'') {
        return CellValue::Text(rest.into());
    }
    if trimmed.eq_ignore_ascii_case("true") || trimmed.eq_ignore_ascii_case("false") {
        return CellValue::Bool(trimmed.eq_ignore_ascii_case("true"));
    }
    let is_plain = trimmed.bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
    if let Some(number) = trimmed.parse::<f64>().ok().filter(|number| is_plain && number.is_finite()) {
        return CellValue::Number(number);
    }
    match NaiveDate::parse_from_str(trimmed, "%Y-%m-%d") {
        #[expect(clippy::cast_precision_loss, reason = "days of chrono are far below 2^53")]
        Ok(day) => CellValue::Number((day - epoch()).num_days() as f64),
        Err(_) => CellValue::Text(text.into()),
    }
}

impl Cell {
    /// The value as an answer shows it; nothing for an empty cell.
    pub(super) fn render(&self, render: Render) -> Option<Json> {
        Some(match (self.value.as_ref()?, render) {
            (CellValue::Bool(value), Render::Formatted) => Json::from(if *value { "TRUE" } else { "FALSE" }),
            (CellValue::Bool(value), _) => Json::Bool(*value),
            (CellValue::Number(number), Render::Formatted) => Json::String(self.shown(*number)),
            (CellValue::Number(number), _) => number_json(*number),
            (CellValue::Text(text), _) | (CellValue::Formula(text), Render::Formula) => Json::from(text.as_ref()),
            (CellValue::Formula(_), _) => Json::from("#NAME?"),
        })
    }

    /// The value as `ExtendedValue`, for grid data.
    pub(super) fn extended(&self) -> Option<Json> {
        let value = self.render(Render::Unformatted)?;
        let name = match &value {
            Json::Bool(_) => "boolValue",
            Json::Number(_) => "numberValue",
            _ => "stringValue",
        };
        Some(serde_json::json!({ name: value }))
    }

    fn shown(&self, number: f64) -> String {
        let kind = self.format.as_ref().map_or("", |format| format.kind.as_str());
        let day = || {
            #[expect(clippy::cast_possible_truncation, reason = "beyond any date it is no date")]
            let days = TimeDelta::try_days(number.floor() as i64)?;
            epoch().checked_add_signed(days).map(|day| day.format("%Y-%m-%d").to_string())
        };
        match kind {
            "DATE" | "DATE_TIME" => day().unwrap_or_else(|| number.to_string()),
            _ => number.to_string(),
        }
    }
}

/// Day zero of serial numbers (documented, `DateTimeRenderOption`).
fn epoch() -> NaiveDate {
    NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default()
}

/// A double as JSON, without a point where it is whole.
fn number_json(number: f64) -> Json {
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= WHOLE {
        // The text of a whole double is the whole number.
        if let Ok(whole) = format!("{number:.0}").parse::<i64>() {
            return Json::from(whole);
        }
    }
    Number::from_f64(number).map_or(Json::Null, Json::Number)
}
