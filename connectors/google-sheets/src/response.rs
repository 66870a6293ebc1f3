//! What Google's refusals mean: `{"error": {"code", "message", "status"}}` (recorded).

use lapwing_contract::{DestinationError, ErrorKind, Rejection, WriteError};
use lapwing_http::ApiResponse;
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope {
    error: Fault,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Fault {
    message: String,
    status: String,
}

fn fault(answer: &ApiResponse) -> Fault {
    serde_json::from_slice::<Envelope>(&answer.body).unwrap_or_default().error
}

/// The failure of a request as a whole. Google's own words are not shown: they may quote values.
pub(crate) fn failure(answer: &ApiResponse, email: Option<&str>) -> DestinationError {
    let fault = fault(answer);
    let words = fault.message.to_ascii_lowercase();
    let (kind, message) = match answer.status.as_u16() {
        403 if words.contains("has not been used") || words.contains("disabled") => (
            ErrorKind::Forbidden,
            "the Google Sheets API is switched off for the project of the credentials; enable it in the Google Cloud \
             console under APIs & Services"
                .to_owned(),
        ),
        403 => (ErrorKind::Forbidden, share(email)),
        404 => (
            ErrorKind::NotFound,
            "there is no such spreadsheet; check the id in `spreadsheet`, and that nobody deleted it".to_owned(),
        ),
        413 => (ErrorKind::Protocol, "the request is too large".to_owned()),
        _ if words.contains("unable to parse range") => (
            ErrorKind::NotFound,
            "the spreadsheet has no such tab: it was renamed or deleted; rename it back, or name another one in the \
             sync's `object`"
                .to_owned(),
        ),
        _ if words.contains("limit of") && words.contains("cells") => (
            ErrorKind::Configuration,
            "the spreadsheet is full: Google allows 10,000,000 cells over all its tabs; delete empty rows and columns, \
             or tabs, or use another spreadsheet"
                .to_owned(),
        ),
        _ if is_protected(&words) => (
            ErrorKind::Forbidden,
            format!("a part of the tab is protected; {}", "let the credentials' user edit it under Data → Protect sheets and ranges"),
        ),
        _ if is_beyond_grid(&words) => (
            ErrorKind::Protocol,
            "the tab is smaller than the rows that are asked for; check `header_row`, and run again".to_owned(),
        ),
        _ => (ErrorKind::Protocol, format!("Google refused the request{}", shown_status(&fault.status))),
    };
    answer.error(kind, message)
}

/// The status word, where it is one of Google's own.
fn shown_status(status: &str) -> String {
    let is_word =
        !status.is_empty() && status.len() <= 40 && status.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    if is_word { format!(" as {status}") } else { String::new() }
}

fn share(email: Option<&str>) -> String {
    match email {
        Some(email) => {
            format!("the spreadsheet is not shared with {email} for editing; share it with that address as Editor")
        }
        None => "the user of the credentials may not do this; share the spreadsheet with them as Editor, and give the \
                 credentials the scope https://www.googleapis.com/auth/spreadsheets"
            .to_owned(),
    }
}

fn is_protected(words: &str) -> bool {
    words.contains("protected")
}

/// Rows went away between the look at the tab and the write.
pub(crate) fn is_beyond_grid(words: &str) -> bool {
    words.contains("exceeds grid limits")
}

/// What the refusal of a write is about.
pub(crate) enum Refusal {
    /// The tab changed meanwhile: nothing was written, and the next look will see it.
    Outdated,
    /// The records', or the request's.
    Error(WriteError),
}

/// Sorts the refusal of a write. `record_of` gives the record of a range of the request, where it holds no other.
pub(crate) fn refused(
    answer: &ApiResponse,
    email: Option<&str>,
    record_of: impl Fn(usize) -> Option<usize>,
) -> Refusal {
    let fault = fault(answer);
    let words = fault.message.to_ascii_lowercase();
    if is_beyond_grid(&words) {
        return Refusal::Outdated;
    }
    let reason = if is_protected(&words) {
        Rejection::permanent("protected_range", "the cells are protected, and the credentials' user may not edit them")
            .with_hint("allow it under Data → Protect sheets and ranges, or map to another column")
    } else if answer.status.as_u16() == 400 && !words.contains("unable to parse range") && !words.contains("limit of") {
        let message = if fault.message.is_empty() { "Google gave no reason".to_owned() } else { fault.message.clone() };
        Rejection::permanent("request_refused", message)
    } else if answer.status.as_u16() == 413 {
        Rejection::permanent("request_too_large", "the request is larger than Google takes")
    } else {
        return Refusal::Error(failure(answer, email).into());
    };
    let named = named_range(&fault.message).and_then(record_of).map(|record| (record, reason.clone()));
    Refusal::Error(WriteError::Refused { named: named.into_iter().collect(), reason: Box::new(reason) })
}

/// The range that `Invalid data[7]: …` names.
fn named_range(message: &str) -> Option<usize> {
    message.strip_prefix("Invalid data[")?.split_once(']')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_http::scripted;

    fn answer(status: u16, message: &str) -> ApiResponse {
        let body = serde_json::json!({ "error": { "code": status, "message": message, "status": "INVALID_ARGUMENT" } });
        scripted::answer("POST /v4/spreadsheets/{id}/values:batchUpdate", status, body.to_string())
    }

    #[test]
    fn a_failure_says_how_to_fix_it() {
        for (status, words, kind, told) in [
            (403, "The caller does not have permission", ErrorKind::Forbidden, "shared with a@b for editing"),
            (403, "Google Sheets API has not been used in project 1", ErrorKind::Forbidden, "switched off"),
            (404, "Requested entity was not found.", ErrorKind::NotFound, "no such spreadsheet"),
            (400, "Unable to parse range: 'x'!1:1", ErrorKind::NotFound, "renamed or deleted"),
            (400, "above the limit of 10000000 cells", ErrorKind::Configuration, "full"),
            (400, "something about ada@example.com", ErrorKind::Protocol, "INVALID_ARGUMENT"),
        ] {
            let error = failure(&answer(status, words), Some("a@b"));
            assert!(error.kind == kind && error.message.contains(told), "{error}");
            assert!(!error.message.contains("ada@"), "{error}");
        }
    }

    #[test]
    fn the_record_of_a_protected_cell_is_named_where_the_range_is_its_own() {
        let answer = answer(400, "Invalid data[1]: You are trying to edit a protected cell or object.");
        for (record, expected) in [(Some(7), vec![7]), (None, vec![])] {
            let Refusal::Error(WriteError::Refused { named, reason }) = refused(&answer, None, |_| record) else {
                panic!("the records are refused");
            };
            assert_eq!(named.iter().map(|(at, _)| *at).collect::<Vec<_>>(), expected);
            assert_eq!(reason.code, "protected_range");
        }
    }

    #[test]
    fn a_tab_that_shrank_meanwhile_is_nobodys_fault() {
        let answer = answer(400, "Invalid data[0]: Range ('x'!A9) exceeds grid limits. Max rows: 5, max columns: 26");
        assert!(matches!(refused(&answer, None, |_| None), Refusal::Outdated));
    }

    #[test]
    fn an_answer_that_is_no_envelope_is_refused_without_a_name() {
        let mut answer = answer(400, "");
        answer.body = bytes::Bytes::from_static(b"<html>");
        assert!(
            matches!(refused(&answer, None, |_| Some(0)), Refusal::Error(WriteError::Refused { named, .. }) if named.is_empty())
        );
    }
}
