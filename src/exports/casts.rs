//! Which types become which, and where a row can be lost on the way.

use crate::engine::Expression;

const WHOLE: [&str; 10] =
    ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"];
const REAL: [&str; 3] = ["DECIMAL", "FLOAT", "DOUBLE"];
const TIMES: [&str; 6] =
    ["DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"];
/// A text, or what is a text until someone looks inside.
const WORDS: [&str; 3] = ["VARCHAR", "JSON", "\"NULL\""];

/// Whether values of the type `found` can become `wanted` at all; none takes what there is.
pub(super) fn fits(found: &str, wanted: Option<&str>) -> bool {
    let Some(wanted) = wanted else { return true };
    let kind = kind_of(found);
    let number = WHOLE.contains(&kind) || REAL.contains(&kind);
    WORDS.contains(&kind)
        || match wanted {
            "TIMESTAMP" => TIMES.contains(&kind),
            "BOOLEAN" => kind == "BOOLEAN" || number,
            "VARCHAR" => {
                number || TIMES.contains(&kind) || ["BOOLEAN", "UUID", "ENUM", "TIME", "BIGNUM"].contains(&kind)
            }
            _ => number,
        }
}

/// Whether a row can be lost on the way from an expression of the type `found` to `wanted`.
pub(super) fn can_fail(expression: &Expression, found: &str, wanted: Option<&str>) -> bool {
    if expression.bare_column().is_none() {
        let constant = expression.text().trim();
        let plain = constant.eq_ignore_ascii_case("NULL") || constant.parse::<i32>().is_ok();
        return !plain;
    }
    match wanted {
        None | Some("VARCHAR") => false,
        Some(wanted) if wanted == found => false,
        Some("TIMESTAMP") => !["TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"].contains(&found),
        Some("BOOLEAN") => !WHOLE.contains(&found),
        Some(_) => match found {
            "TINYINT" | "SMALLINT" | "INTEGER" | "UTINYINT" | "USMALLINT" | "UINTEGER" => false,
            found => whole_digits(found).is_none_or(|digits| digits > 13),
        },
    }
}

fn kind_of(sql_type: &str) -> &str {
    if sql_type.ends_with(']') { "LIST" } else { sql_type.split('(').next().unwrap_or(sql_type) }
}

/// The digits before the point of a DECIMAL(precision,scale).
fn whole_digits(sql_type: &str) -> Option<u32> {
    let (precision, scale) = sql_type.strip_prefix("DECIMAL(")?.strip_suffix(')')?.split_once(',')?;
    precision.trim().parse::<u32>().ok()?.checked_sub(scale.trim().parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_no_time_and_a_list_is_nothing() {
        assert!(!fits("BIGINT", Some("TIMESTAMP")));
        assert!(!fits("TIMESTAMP", Some("DECIMAL(18,4)")));
        assert!(!fits("BOOLEAN", Some("DECIMAL(18,4)")));
        assert!(!fits("INTEGER[]", Some("VARCHAR")));
        assert!(!fits("STRUCT(a INTEGER)", Some("VARCHAR")));
        assert!(fits("\"NULL\"", Some("TIMESTAMP")));
        assert!(fits("DECIMAL(38,6)", Some("DECIMAL(18,4)")));
        assert!(fits("INTEGER[]", None));
    }

    #[test]
    fn only_narrow_decimals_are_sure_to_be_money() {
        assert_eq!(whole_digits("DECIMAL(10,2)"), Some(8));
        assert_eq!(whole_digits("DOUBLE"), None);
    }
}
