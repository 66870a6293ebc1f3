//! What SendGrid's answers to a write mean. A 400 refuses the whole request; its `field` names the record by index:
//! `{"field": "contacts[0].email", "message": "email '000' is not valid"}` (recorded).

use lapwing_contract::{DestinationError, ErrorKind, Rejection, WriteError};
use lapwing_http::ApiResponse;

use crate::api::{Errors, Fault};

/// The statuses that `refused` reads.
pub(crate) const REFUSALS: &[u16] = &[400, 404, 413, 422];

/// The refusal of an upsert. `sent` gives the index in the batch for each record of the request.
pub(crate) fn refused(answer: &ApiResponse, sent: &[usize]) -> WriteError {
    let faults = Errors::parse(&answer.body);
    if let Some(error) = faults.iter().find_map(|fault| not_the_records(answer, fault)) {
        return error.into();
    }
    let mut named: Vec<(usize, Rejection)> = Vec::new();
    for (place, rejection) in faults.iter().filter_map(named_record) {
        if let Some(index) = sent.get(place)
            && !named.iter().any(|(known, _)| known == index)
        {
            named.push((*index, rejection));
        }
    }
    named.sort_by_key(|(index, _)| *index);
    let words = faults.first().map(|fault| fault.message.clone()).filter(|words| !words.is_empty());
    let status = answer.status.as_u16();
    let code = if status == 413 { "request_too_large" } else { "request_refused" };
    let message =
        words.unwrap_or_else(|| format!("SendGrid refused the request with HTTP {status} and gave no reason"));
    WriteError::Refused { named, reason: Box::new(Rejection::permanent(code, message)) }
}

/// A fault of the request rather than of a record: no smaller batch would fare better.
fn not_the_records(answer: &ApiResponse, fault: &Fault) -> Option<DestinationError> {
    let field = fault.field.as_deref().unwrap_or_default();
    if field.starts_with("list_ids") {
        return Some(answer.error(ErrorKind::NotFound, "a list of the sync no longer exists at SendGrid"));
    }
    // sendgrid/sendgrid-nodejs#953; these words name field ids, no values.
    if fault.message.to_ascii_lowercase().contains("invalid custom field id") {
        let message = "a custom field of the sync was deleted at SendGrid while the run was under way";
        return Some(answer.error(ErrorKind::NotFound, message));
    }
    (answer.status == 404).then(|| answer.error(ErrorKind::NotFound, "SendGrid does not know the address or a list"))
}

/// The record that a fault names: its place in the request, and the reason.
fn named_record(fault: &Fault) -> Option<(usize, Rejection)> {
    let (place, rest) = fault.field.as_deref()?.strip_prefix("contacts[")?.split_once(']')?;
    let field = rest.trim_start_matches('.');
    let field = field.strip_prefix("custom_fields.").unwrap_or(field);
    let mut rejection = Rejection::permanent(code(field), fault.message.clone());
    if !field.is_empty() {
        rejection = rejection.on_field(field);
    }
    Some((place.parse().ok()?, rejection))
}

fn code(field: &str) -> &'static str {
    match field {
        "email" => "invalid_email",
        "" => "invalid_contact",
        _ => "invalid_field",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_http::scripted;

    fn answer(status: u16, body: &str) -> ApiResponse {
        scripted::answer("PUT /v3/marketing/contacts", status, body.to_owned())
    }

    fn named(error: &WriteError) -> Vec<(usize, &str, Option<&str>)> {
        match error {
            WriteError::Refused { named, .. } => named
                .iter()
                .map(|(index, rejection)| (*index, rejection.code.as_str(), rejection.field.as_deref()))
                .collect(),
            WriteError::Failed(error) => panic!("{error}"),
        }
    }

    #[test]
    fn a_named_record_is_found_in_the_batch_although_others_were_held_back() {
        let body = r#"{"errors":[{"field":"contacts[2].email","message":"email '000' is not valid"},
            {"field":"contacts[0].first_name","message":"too long"},{"field":"contacts[2]","message":"again"}]}"#;
        let error = refused(&answer(400, body), &[1, 4, 7]);
        assert_eq!(named(&error), [(1, "invalid_field", Some("first_name")), (7, "invalid_email", Some("email"))]);
    }

    #[test]
    fn a_refusal_that_names_nobody_names_nobody() {
        for (status, body) in [(400, r#"{"errors":[{"field":null,"message":"bad"}]}"#), (413, ""), (400, "<html>")] {
            let error = refused(&answer(status, body), &[0, 1]);
            assert!(named(&error).is_empty());
        }
        let body = r#"{"errors":[{"field":"contacts[9].email","message":"beyond the request"}]}"#;
        assert!(named(&refused(&answer(400, body), &[0, 1])).is_empty());
    }

    #[test]
    fn a_deleted_list_or_field_is_not_the_records_fault() {
        for body in [
            r#"{"errors":[{"field":"list_ids[0]","message":"list not found"}]}"#,
            r#"{"errors":[{"message":"invalid custom field ids supplied - e9_T"}]}"#,
        ] {
            let error = refused(&answer(400, body), &[0]);
            assert!(matches!(&error, WriteError::Failed(failed) if failed.kind == ErrorKind::NotFound), "{error}");
        }
    }

    #[test]
    fn the_words_of_the_vendor_stay_out_of_the_errors_text() {
        let body = r#"{"errors":[{"field":"contacts[0].email","message":"email 'ada@x' is not valid"}]}"#;
        let error = refused(&answer(400, body), &[0]);
        assert!(!format!("{error} {error:?}").contains("ada@x"), "{error:?}");
    }
}
