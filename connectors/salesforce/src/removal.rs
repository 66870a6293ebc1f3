//! Deletions. They go by record id, so ids are looked up first; what is not found is gone.

use lapwing_contract::{Batch, Outcome, Receipt, Rejection, WriteError};
use lapwing_http::ApiRequest;
use serde_json::json;

use crate::org::Org;
use crate::response::refusal;
use crate::{bulk, file, lookup, response};

/// Deletes the records of a batch: in one request, or as a job where they are more than `at_once`.
pub(crate) async fn delete(org: &Org, batch: &Batch, at_once: usize) -> Result<Receipt, WriteError> {
    let found = lookup::ids(org, batch).await?;
    let only = |ids: &Vec<String>| if let [id] = &ids[..] { Some(id.clone()) } else { None };
    let ids: Vec<String> = found.iter().filter_map(only).collect();
    let mut told = if ids.is_empty() {
        Vec::new()
    } else if ids.len() <= at_once {
        now(org, batch, &ids).await?
    } else {
        let opening = json!({
            "object": batch.target.target.object, "operation": "delete", "contentType": "CSV", "lineEnding": "LF",
            "columnDelimiter": "COMMA",
        });
        let upload = file::deletions(ids.iter().map(String::as_str));
        vec![Outcome::Pending(bulk::submit(org, &opening, upload).await?); ids.len()]
    }
    .into_iter();
    let outcome = |ids: &Vec<String>| match ids.len() {
        0 => Outcome::Unchanged,
        1 => told.next().unwrap_or(Outcome::Unknown),
        _ => Outcome::Rejected(Box::new(ambiguous())),
    };
    Ok(Receipt { outcomes: found.iter().map(outcome).collect() })
}

async fn now(org: &Org, batch: &Batch, ids: &[String]) -> Result<Vec<Outcome>, WriteError> {
    let request = ApiRequest::delete(&org.path("composite/sobjects"))
        .query("ids", ids.join(","))
        .query("allOrNone", "false")
        // What is deleted already is told so.
        .idempotent(true);
    let answer = org.ask(request).await?;
    if !answer.is_success() {
        return Err(refusal(&answer, &batch.target));
    }
    let outcomes = response::outcomes(&answer, ids.len())?;
    let gone = |outcome: Outcome| match outcome {
        Outcome::Rejected(why) if why.code == "ENTITY_IS_DELETED" => Outcome::Unchanged,
        other => other,
    };
    Ok(outcomes.into_iter().map(gone).collect())
}

fn ambiguous() -> Rejection {
    Rejection::permanent("DUPLICATE_EXTERNAL_ID", "several records have this key, and none of them was deleted")
        .with_hint("merge them at Salesforce, or use a unique external id as the key")
}
