//! What the codes of refused rows mean, what to do about each, and which are worth another try as they are. One table
//! for both ways of writing.

use lapwing_contract::Rejection;

/// Rows that may succeed later, without anybody changing anything. Recorded or documented: `UNABLE_TO_LOCK_ROW`; the
/// others are *unverified*.
const RETRYABLE: &[&str] = &[
    "UNABLE_TO_LOCK_ROW",
    "SERVER_UNAVAILABLE",
    "REQUEST_RUNNING_TOO_LONG",
    "QUERY_TIMEOUT",
    "TXN_SECURITY_METERING_ERROR",
    "UNKNOWN_EXCEPTION",
    "API_TEMPORARILY_UNAVAILABLE",
    "REQUEST_LIMIT_EXCEEDED",
    "INVALID_SESSION_ID",
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
];

/// The rejection of a row. `message` is the vendor's and may quote the row.
pub(crate) fn rejection(code: &str, message: &str, field: Option<&str>) -> Rejection {
    let code = if code.is_empty() { "REFUSED" } else { code };
    let is_busy = code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" && message.contains("CPU time limit");
    let mut rejection = Rejection::permanent(code, message);
    rejection.retryable = RETRYABLE.contains(&code) || is_busy || message.contains("UNABLE_TO_LOCK_ROW");
    rejection.hint = hint(code).map(str::to_owned);
    match field.filter(|field| !field.is_empty()) {
        Some(field) => rejection.on_field(field),
        None => rejection,
    }
}

fn hint(code: &str) -> Option<&'static str> {
    Some(match code {
        "DUPLICATES_DETECTED" => {
            "a duplicate rule found another record like it: merge the two at Salesforce, or set allow_duplicates = true"
        }
        "STRING_TOO_LONG" => "shorten the text in the mapping, or lengthen the field",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION" => {
            "a validation rule of the org refuses the values: leave such rows out with `audience`, or change the rule"
        }
        "INVALID_EMAIL_ADDRESS" => "correct the address in the warehouse, or map a null where it is none",
        "REQUIRED_FIELD_MISSING" => {
            "a new record needs this field: map it (write = \"on_create\" keeps later changes), or leave rows that are \
             not at Salesforce out with `audience`"
        }
        "DUPLICATE_VALUE" => "another record has the same value in a unique field: merge the two at Salesforce",
        "DUPLICATE_EXTERNAL_ID" => "several records have this key: merge them at Salesforce, and make the field unique",
        "INVALID_CROSS_REFERENCE_KEY" | "MALFORMED_ID" => {
            "the record that the id names is not there: correct the mapping"
        }
        "INVALID_FIELD_FOR_INSERT_UPDATE" => {
            "the user may not write this field: give it Edit access, or unmap the field"
        }
        "INSUFFICIENT_ACCESS_OR_READONLY" | "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY" => {
            "the user may not edit this record: share it, or give the user Modify All on the object"
        }
        "CANNOT_UPDATE_CONVERTED_LEAD" => "the lead was converted: leave such rows out with `audience`",
        "ENTITY_IS_DELETED" => "somebody deleted the record meanwhile: the next run creates it again",
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" => "a trigger or flow of the org failed on the record: see its message",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" => "add the entry to the picklist, or map to one that is there",
        "NUMBER_OUTSIDE_VALID_RANGE" => "the number is too large for the field: check the mapping, or widen the field",
        "STORAGE_LIMIT_EXCEEDED" => "the org's data storage is full: free some, or buy more",
        "UNABLE_TO_LOCK_ROW" => "somebody else was writing the record or its parent: it is sent again",
        _ => return None,
    })
}

/// Reads the error of a row in a job's file: `CODE:message:fields--`.
pub(crate) fn of_cell(cell: &str) -> Rejection {
    let (code, rest) = cell.split_once(':').unwrap_or((cell, ""));
    let (message, fields) = rest.rsplit_once(':').unwrap_or((rest, ""));
    let field = fields.trim_end_matches('-').split(',').next().map(str::trim);
    rejection(code.trim(), message, field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_file_is_taken_apart() {
        let rejection = of_cell("REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --");
        assert_eq!(rejection.code, "REQUIRED_FIELD_MISSING");
        assert_eq!(rejection.message, "Required fields are missing: [LastName]");
        assert_eq!((rejection.field.as_deref(), rejection.retryable), (Some("LastName"), false));
        let rejection = of_cell("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--");
        assert_eq!((rejection.field, rejection.retryable), (None, true));
        for odd in ["", ":", "::", "X", "no code at all"] {
            assert!(!of_cell(odd).code.is_empty(), "{odd}");
        }
    }

    #[test]
    fn what_stays_wrong_is_not_tried_again() {
        for code in ["DUPLICATES_DETECTED", "STRING_TOO_LONG", "INVALID_EMAIL_ADDRESS", "SOMETHING_NEW"] {
            assert!(!rejection(code, "", None).retryable, "{code}");
        }
        let trigger = "MyTrigger: System.LimitException: Apex CPU time limit exceeded";
        assert!(rejection("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", trigger, None).retryable);
    }
}
