//! What Zendesk's answers to a write mean. Errors come in four envelopes: `{"error", "description", "details"}`,
//! `{"error": {"title", "message"}}`, `{"errors": [{"code", "title", "detail"}]}`, and a bare `{"error"}`.

use lapwing_contract::{ErrorKind, Outcome, Rejection, WriteError};
use lapwing_http::ApiResponse;
use serde_json::Value as Json;

/// The statuses that `refused` reads.
pub(crate) const REFUSALS: &[u16] = &[400, 403, 409, 413, 422];

/// What an error says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Fault {
    code: String,
    words: String,
    field: Option<String>,
}

impl Fault {
    fn parse(body: &[u8]) -> Option<Self> {
        let body: Json = serde_json::from_slice(body).ok()?;
        let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
        let fault = if let Some(first) = body["errors"].get(0) {
            let words = [text(&first["detail"]), text(&first["title"])];
            let words = words.into_iter().find(|words| !words.is_empty()).unwrap_or_default();
            Self { code: text(&first["code"]), words, field: None }
        } else if body["error"].is_object() {
            Self { code: text(&body["error"]["title"]), words: text(&body["error"]["message"]), field: None }
        } else {
            let (field, detail) = detail(&body["details"]).unzip();
            let general = [text(&body["description"]), text(&body["error_description"]), text(&body["error"])];
            let words = detail.into_iter().chain(general).find(|words: &String| !words.is_empty());
            Self { code: text(&body["error"]), words: words.unwrap_or_default(), field }
        };
        (!fault.words.is_empty()).then_some(fault)
    }
}

/// `{"email": [{"description": "Email: … is not properly formatted"}]}` (recorded).
fn detail(details: &Json) -> Option<(String, String)> {
    let (field, faults) = details.as_object()?.iter().next()?;
    let words = faults.get(0).and_then(|fault| fault["description"].as_str()).unwrap_or_default();
    Some((field.clone(), words.to_owned()))
}

/// Zendesk's words, where the body holds any. They may quote a value.
pub(crate) fn words(body: &[u8]) -> Option<String> {
    Fault::parse(body).map(|fault| fault.words)
}

/// The code of an error, where it is one: `invalid_grant`.
pub(crate) fn code(body: &[u8]) -> Option<String> {
    let is_code =
        |code: &String| code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    Fault::parse(body).map(|fault| fault.code).filter(|code| !code.is_empty() && is_code(code))
}

/// What a refused write means: the same outcome for all records sent, or an error.
pub(crate) fn refused(answer: &ApiResponse, creates: bool) -> Result<Outcome, WriteError> {
    let fault = Fault::parse(&answer.body);
    let code = fault.as_ref().map(|fault| fault.code.as_str()).unwrap_or_default();
    if code == "TooManyJobs" {
        let message = "too many jobs are queued or running at Zendesk, perhaps those of other tools";
        return Ok(Outcome::Rejected(Box::new(Rejection::retryable("too_many_jobs", message))));
    }
    match answer.status.as_u16() {
        403 => Err(answer.error(ErrorKind::Forbidden, forbidden(creates)).into()),
        409 => {
            let message = "somebody else was changing the same users";
            Ok(Outcome::Rejected(Box::new(Rejection::retryable("conflict", message))))
        }
        status => {
            let Fault { words, field, .. } = fault.unwrap_or_default();
            let code = if status == 413 { "request_too_large" } else { "request_refused" };
            let message = if words.is_empty() {
                format!("Zendesk refused the request with HTTP {status} and gave no reason")
            } else {
                words
            };
            let reason = match field {
                Some(field) => reason(&message).on_field(field),
                None => Rejection { code: code.into(), ..reason(&message) },
            };
            Err(WriteError::Refused { named: Vec::new(), reason: Box::new(reason) })
        }
    }
}

/// Bulk imports are off in a new account (OpenAPI file, `CreateOrUpdateManyUsers`).
fn forbidden(creates: bool) -> &'static str {
    if creates {
        "Zendesk forbids it. Bulk imports of users are off in a new account: the owner asks Zendesk Support to switch \
         them on, or set `create = false`. Else the token's scope lacks `write`, or its user may not edit users"
    } else {
        "Zendesk forbids it: the token's scope lacks `write`, or its user may not edit users; deleting takes an admin"
    }
}

/// A rejection from Zendesk's words about one user: `Name:  is too short (minimum one character)`.
pub(crate) fn reason(words: &str) -> Rejection {
    let lower = words.to_lowercase();
    let has = |part: &str| lower.contains(part);
    let field = words.split_once(':').map(|(title, _)| title.trim().to_lowercase().replace(' ', "_"));
    let field = field.filter(|field| !field.is_empty() && field.len() <= 64);
    let rejection = if has("too short") && field.as_deref() == Some("name") {
        Rejection::permanent("name_missing", words).with_hint(
            "a new user needs a name: map `name`, or set `create = false` so that only users who are there are updated",
        )
    } else if has("already being used by another user") {
        Rejection::permanent("email_taken", words)
            .with_hint("the address is another user's, perhaps as a second one: merge the two at Zendesk")
    } else if has("not properly formatted") {
        Rejection::permanent("invalid_email", words).with_hint("correct it in the warehouse, or leave such rows out")
    } else if has("already been taken") {
        Rejection::permanent("external_id_taken", words).with_hint("the external id is another user's")
    } else if has("couldn't find") || has("not found") {
        Rejection::permanent("user_not_found", words).with_hint("the user was deleted or merged in between")
    } else if ["timeout", "timed out", "conflict", "deadlock", "lock wait", "try again", "internal"]
        .into_iter()
        .any(has)
    {
        Rejection::retryable("vendor_busy", words)
    } else {
        Rejection::permanent("record_refused", words)
    };
    match field {
        Some(field) => rejection.on_field(field),
        None => rejection,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_http::scripted;

    fn answer(status: u16, body: &str) -> ApiResponse {
        scripted::answer("POST /api/v2/users/create_or_update_many", status, body.to_owned())
    }

    #[test]
    fn four_envelopes_say_what_they_say() {
        for (body, expected) in [
            (r#"{"error":"RecordNotFound","description":"Not found"}"#, Some("Not found")),
            (r#"{"error":{"title":"Forbidden","message":"No access"}}"#, Some("No access")),
            (r#"{"errors":[{"code":"Bad","title":"Bad page","detail":"page[size]"}]}"#, Some("page[size]")),
            (r#"{"error":"Couldn't authenticate you"}"#, Some("Couldn't authenticate you")),
            (r#"{"error":"RecordInvalid","details":{"email":[{"description":"Email: bad"}]}}"#, Some("Email: bad")),
            (r#"{"details":{"email":[]},"error":null,"errors":[]}"#, None),
            ("[1]", None),
            ("You have exceeded", None),
        ] {
            assert_eq!(words(body.as_bytes()).as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn only_a_code_is_told_about_a_token() {
        assert_eq!(code(br#"{"error":"invalid_grant","error_description":"x"}"#).as_deref(), Some("invalid_grant"));
        for body in [r#"{"error":"The token abc123 is bad"}"#, r#"{"error":"abc123"}"#, "{}", ""] {
            assert_eq!(code(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn a_record_that_is_invalid_names_its_field() {
        let body = r#"{"error":"RecordInvalid","description":"Record validation errors","details":{"email":[{"description":"Email: x is not properly formatted"}]}}"#;
        let Err(WriteError::Refused { named, reason }) = refused(&answer(422, body), true) else { panic!() };
        assert!(named.is_empty());
        assert_eq!((reason.code.as_str(), reason.field.as_deref()), ("invalid_email", Some("email")));
        assert!(!format!("{reason:?}").contains("x is not"));
    }

    #[test]
    fn too_many_jobs_and_conflicts_are_worth_another_try() {
        let jobs = r#"{"error":"TooManyJobs","description":"Too many jobs","current_job_ids":[]}"#;
        for (answer, code) in [(answer(422, jobs), "too_many_jobs"), (answer(409, ""), "conflict")] {
            let Ok(Outcome::Rejected(rejection)) = refused(&answer, true) else { panic!() };
            assert!(rejection.retryable);
            assert_eq!(rejection.code, code);
        }
    }

    #[test]
    fn a_403_explains_bulk_imports() {
        let error = refused(&answer(403, "{}"), true).unwrap_err();
        assert!(error.to_string().contains("Bulk imports") && error.to_string().contains("create = false"), "{error}");
        assert!(!refused(&answer(403, "{}"), false).unwrap_err().to_string().contains("Bulk imports"));
    }

    #[test]
    fn odd_bodies_refuse_without_a_reason() {
        for (status, body, code) in [(400, "<html>", "request_refused"), (413, "", "request_too_large")] {
            let Err(WriteError::Refused { reason, .. }) = refused(&answer(status, body), true) else { panic!() };
            assert_eq!(reason.code, code);
        }
    }

    #[test]
    fn words_about_one_user_become_reasons() {
        for (words, code, retryable) in [
            ("Name:  is too short (minimum one character)", "name_missing", false),
            ("Email: a@b.io is already being used by another user", "email_taken", false),
            ("External has already been taken", "external_id_taken", false),
            ("Couldn't find User", "user_not_found", false),
            ("Lock wait timeout exceeded; try restarting", "vendor_busy", true),
            ("", "record_refused", false),
        ] {
            let reason = reason(words);
            assert_eq!((reason.code.as_str(), reason.retryable), (code, retryable), "{words}");
        }
    }
}
