//! What the answers of sObject Collections mean: one row result a record, in the order of the request.

use lapwing_contract::{DestinationError, ErrorKind, Outcome, Prepared, Rejection, WriteError};
use lapwing_http::ApiResponse;

use crate::api::{Fault, RowResult};
use crate::org::{code_of, refused};
use crate::refusals::rejection;

/// The outcomes of a request's rows, in its order.
pub(crate) fn outcomes(answer: &ApiResponse, rows: usize) -> Result<Vec<Outcome>, WriteError> {
    let results: Vec<RowResult> = answer.json()?;
    if results.len() != rows {
        let message = format!("the answer has {} results for {rows} records", results.len());
        return Err(answer.error(ErrorKind::Protocol, message).into());
    }
    Ok(results.into_iter().map(outcome).collect())
}

fn outcome(result: RowResult) -> Outcome {
    if result.success {
        return if result.created { Outcome::Created } else { Outcome::Confirmed };
    }
    let fault = result.errors.into_iter().next().unwrap_or_default();
    let field = fault.fields.first().map(String::as_str);
    Outcome::Rejected(Box::new(rejection(&fault.code, &fault.message, field)))
}

/// A refusal of a whole write. What may be due to one of its records is told so: the batch is then taken apart.
pub(crate) fn refusal(answer: &ApiResponse, target: &Prepared) -> WriteError {
    let fault = Fault::first(&answer.body);
    let status = answer.status.as_u16();
    let of_records = match (status, fault.code.as_str()) {
        (400, "INVALID_FIELD") => return missing_field(answer, &fault, target).into(),
        (400, "REQUEST_LIMIT_EXCEEDED" | "NOT_FOUND" | "INVALID_TYPE" | "INVALID_SESSION_ID" | "INVALIDENTITY") => {
            false
        }
        (400 | 413 | 422, _) => true,
        _ => false,
    };
    if !of_records {
        return refused(answer).into();
    }
    let code = if status == 413 { "request_too_large" } else { code_of(&fault) };
    let message = if fault.message.is_empty() {
        format!("Salesforce gave no reason (HTTP {status})")
    } else {
        fault.message.clone()
    };
    WriteError::Refused { named: Vec::new(), reason: Box::new(Rejection::permanent(code, message)) }
}

fn missing_field(answer: &ApiResponse, fault: &Fault, target: &Prepared) -> DestinationError {
    match named_field(&fault.message, target) {
        Some(field) => answer.error(ErrorKind::NotFound, gone(field)),
        None => refused(answer),
    }
}

/// What is said of a field that was there when the run began.
pub(crate) fn gone(field: &str) -> String {
    format!("the field `{field}` was deleted or hidden while the run was under way")
}

/// The field of the sync that the vendor's words name. Nothing else of them is shown: they may quote a record.
pub(crate) fn named_field<'a>(words: &str, target: &'a Prepared) -> Option<&'a str> {
    let mut ours = target.fields.iter().chain([&target.key]).map(|binding| binding.id.as_str());
    ours.find(|id| words.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == *id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_contract::{FieldBinding, FieldSpec, FieldType, Target};
    use lapwing_http::scripted;

    fn answer(status: u16, body: &str) -> ApiResponse {
        scripted::answer("PATCH /x", status, body.to_owned())
    }

    #[test]
    fn rows_are_told_apart_as_recorded() {
        let body = r#"[{"id":"003","success":true,"errors":[],"created":true},
            {"success":false,"errors":[{"statusCode":"INVALID_EMAIL_ADDRESS",
             "message":"email field: invalid email address: badone","fields":["email_field__c"]}],"created":false},
            {"success":false,"errors":null}]"#;
        let outcomes = outcomes(&answer(200, body), 3).unwrap();
        assert_eq!(outcomes[0], Outcome::Created);
        let Outcome::Rejected(bad) = &outcomes[1] else { panic!() };
        assert_eq!((bad.code.as_str(), bad.field.as_deref()), ("INVALID_EMAIL_ADDRESS", Some("email_field__c")));
        assert!(matches!(&outcomes[2], Outcome::Rejected(why) if why.code == "REFUSED"));
    }

    #[test]
    fn too_few_or_too_many_rows_confirm_nothing() {
        for (body, rows) in [("[]", 1), (r#"[{"success":true},{"success":true}]"#, 1), ("{}", 0), ("\"x\"", 1)] {
            assert!(outcomes(&answer(200, body), rows).is_err(), "{body}");
        }
    }

    #[test]
    fn the_words_of_the_vendor_stay_out_of_the_errors_text() {
        for status in [300, 400, 403, 404, 405] {
            for body in [r#"[{"message":"ada@example.com","errorCode":"ada@example.com"}]"#, "ada@example.com"] {
                let target = Prepared {
                    target: Target::new("s", "Contact", FieldSpec::new("K", FieldType::Text), Vec::new()),
                    key: FieldBinding::default(),
                    fields: Vec::new(),
                    list_ids: Vec::new(),
                };
                let error = refusal(&answer(status, body), &target);
                assert!(!format!("{error} {error:?}").contains("ada@"), "{error:?}");
            }
        }
    }
}
