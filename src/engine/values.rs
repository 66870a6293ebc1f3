//! From Arrow columns to the values that connectors take.

use chrono::{DateTime, Days, NaiveDate};
use duckdb::arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, ListArray, StringArray,
    TimestampMicrosecondArray,
};
use lapwing_contract::{Decimal, FieldType, Value};

use super::{EngineError, EngineErrorKind};

/// The type of a field whose column DuckDB calls `sql_type`; none where such values can't be delivered.
pub fn field_type(sql_type: &str) -> Option<FieldType> {
    if let Some(item) = sql_type.strip_suffix("[]") {
        return field_type(item).map(|of| FieldType::List(Box::new(of)));
    }
    Some(match sql_type.split('(').next().unwrap_or(sql_type) {
        "BOOLEAN" => FieldType::Bool,
        "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT" | "UTINYINT" | "USMALLINT" | "UINTEGER" => FieldType::Int,
        "UBIGINT" | "HUGEINT" | "UHUGEINT" | "DECIMAL" => FieldType::Decimal,
        "FLOAT" | "DOUBLE" => FieldType::Float,
        "VARCHAR" | "UUID" | "ENUM" => FieldType::Text,
        "DATE" => FieldType::Date,
        "TIMESTAMP" | "TIMESTAMP_S" | "TIMESTAMP_MS" | "TIMESTAMP_NS" | "TIMESTAMP WITH TIME ZONE" => {
            FieldType::Timestamp
        }
        "JSON" => FieldType::Json,
        _ => return None,
    })
}

/// Appends the values of `array` to `column`.
pub(super) fn extend(column: &mut Vec<Value>, array: &ArrayRef, field_type: &FieldType) -> Result<(), EngineError> {
    match field_type {
        FieldType::Bool => each::<BooleanArray>(column, array, |a, i| Value::Bool(a.value(i))),
        FieldType::Int => each::<Int64Array>(column, array, |a, i| Value::Int(a.value(i))),
        FieldType::Decimal => each::<Decimal128Array>(column, array, |a, i| {
            Value::Decimal(Decimal { unscaled: a.value(i), scale: u8::try_from(a.scale()).unwrap_or(0) })
        }),
        FieldType::Float => each::<Float64Array>(column, array, |a, i| Value::Float(a.value(i))),
        FieldType::Text => each::<StringArray>(column, array, |a, i| Value::Text(a.value(i).to_owned())),
        FieldType::Json => each::<StringArray>(column, array, |a, i| Value::Json(a.value(i).to_owned())),
        FieldType::Date => each::<Date32Array>(column, array, |a, i| date(a.value(i))),
        FieldType::Timestamp => each::<TimestampMicrosecondArray>(column, array, |a, i| {
            DateTime::from_timestamp_micros(a.value(i)).map_or(Value::Null, Value::Timestamp)
        }),
        FieldType::List(of) => extend_lists(column, array, of),
    }
}

fn each<A: Array + 'static>(
    column: &mut Vec<Value>,
    array: &ArrayRef,
    value: impl Fn(&A, usize) -> Value,
) -> Result<(), EngineError> {
    let typed = array.as_any().downcast_ref::<A>().ok_or_else(|| {
        let message = format!("a column came as {} where another type was expected", array.data_type());
        EngineError::new(EngineErrorKind::Internal, message)
    })?;
    column.extend((0..typed.len()).map(|i| if typed.is_null(i) { Value::Null } else { value(typed, i) }));
    Ok(())
}

fn extend_lists(column: &mut Vec<Value>, array: &ArrayRef, of: &FieldType) -> Result<(), EngineError> {
    let lists = array.as_any().downcast_ref::<ListArray>().ok_or_else(|| {
        EngineError::new(EngineErrorKind::Internal, format!("a list column came as {}", array.data_type()))
    })?;
    for i in 0..lists.len() {
        if lists.is_null(i) {
            column.push(Value::Null);
            continue;
        }
        let mut items = Vec::new();
        extend(&mut items, &lists.value(i), of)?;
        column.push(Value::List(items));
    }
    Ok(())
}

fn date(days_since_1970: i32) -> Value {
    let days = Days::new(u64::from(days_since_1970.unsigned_abs()));
    let epoch = NaiveDate::default();
    let date = if days_since_1970 < 0 { epoch.checked_sub_days(days) } else { epoch.checked_add_days(days) };
    date.map_or(Value::Null, Value::Date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_no_vendor_takes_have_no_field_type() {
        assert_eq!(field_type("DECIMAL(18,4)"), Some(FieldType::Decimal));
        assert_eq!(field_type("VARCHAR[]"), Some(FieldType::List(Box::new(FieldType::Text))));
        assert_eq!(field_type("STRUCT(a INTEGER)"), None);
        assert_eq!(field_type("INTERVAL"), None);
    }

    #[test]
    fn dates_before_1970_keep_their_day() {
        assert_eq!(date(-1), Value::Date(NaiveDate::from_ymd_opt(1969, 12, 31).unwrap()));
        assert_eq!(date(365), Value::Date(NaiveDate::from_ymd_opt(1971, 1, 1).unwrap()));
    }
}
