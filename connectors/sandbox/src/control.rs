//! The sandbox's own routes, beside the vendor's.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::json;

use crate::{Fault, Sandbox};

#[derive(serde::Deserialize)]
struct Paging {
    limit: Option<usize>,
    since: Option<u64>,
}

pub(crate) fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/_sandbox/state", get(state))
        .route("/_sandbox/requests", get(requests))
        .route("/_sandbox/faults", get(faults).post(script).delete(clear))
        .route("/_sandbox/reset", post(reset))
        .with_state(sandbox)
}

async fn state(State(sandbox): State<Sandbox>, Query(paging): Query<Paging>) -> Response {
    Json(sandbox.state_up_to(paging.limit.unwrap_or(usize::MAX))).into_response()
}

async fn requests(State(sandbox): State<Sandbox>, Query(paging): Query<Paging>) -> Response {
    Json(json!({ "requests": sandbox.requests(paging.since.unwrap_or(0)) })).into_response()
}

async fn faults(State(sandbox): State<Sandbox>) -> Response {
    Json(json!({ "faults": sandbox.faults() })).into_response()
}

/// Takes one fault or a list of them.
async fn script(State(sandbox): State<Sandbox>, body: bytes::Bytes) -> Response {
    let faults = serde_json::from_slice::<Vec<Fault>>(&body)
        .or_else(|many| serde_json::from_slice::<Fault>(&body).map(|one| vec![one]).map_err(|_| many));
    match faults {
        Ok(faults) => {
            sandbox.script(faults);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({ "error": error.to_string() }))).into_response(),
    }
}

async fn clear(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.clear_faults();
    StatusCode::NO_CONTENT
}

async fn reset(State(sandbox): State<Sandbox>) -> Response {
    match sandbox.reset() {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "error": error.to_string() }))).into_response(),
    }
}
