//! The token endpoint, and the tokens it gives. A token tells its user and its end by its own text, so that none have to
//! be kept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::{Value as Json, json};

use super::super::is_signed;
use super::Options;
use super::answers::{answer, ok};
use axum::response::Response;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Longest life of an assertion (documented).
const ASSERTION_SECONDS: i64 = 3_600;

/// The user of a bearer token: an index of [`Options::logins`]. Without logins everybody is user 0.
pub(super) fn user_of(options: &Options, token: &str, now: DateTime<Utc>) -> Option<usize> {
    if options.logins.is_empty() {
        return (!token.is_empty()).then_some(0);
    }
    let (user, end) = token.strip_prefix("ya29.")?.split_once('.')?;
    let (user, end) = (user.parse::<usize>().ok()?, end.parse::<i64>().ok()?);
    (now.timestamp() < end && user < options.logins.len()).then_some(user)
}

/// `POST /token`: an assertion or a refresh token for an access token.
pub(super) fn exchange(options: &Options, body: &[u8], now: DateTime<Utc>) -> Response {
    let field = |name: &str| {
        url::form_urlencoded::parse(body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let user = match field("grant_type").as_deref() {
        Some(JWT_BEARER) => service_account(options, &field("assertion").unwrap_or_default(), now),
        Some("refresh_token") => {
            let has_client =
                ["client_id", "client_secret"].iter().all(|name| field(name).is_some_and(|id| !id.is_empty()));
            let token = field("refresh_token").unwrap_or_default();
            let known = options.logins.iter().position(|login| login.refresh_token == token);
            match known.or((options.logins.is_empty()).then_some(0)) {
                _ if !has_client => return refused("invalid_client", "Unauthorized"),
                Some(user) if !token.is_empty() => Ok(user),
                _ => Err("Bad Request"),
            }
        }
        _ => return refused("unsupported_grant_type", "Invalid grant_type"),
    };
    match user {
        Ok(user) => ok(&json!({
            "access_token": format!("ya29.{user}.{}", now.timestamp() + options.token_seconds),
            "expires_in": options.token_seconds - 1,
            "token_type": "Bearer",
        })),
        Err(description) => refused("invalid_grant", description),
    }
}

fn refused(error: &str, description: &str) -> Response {
    answer(StatusCode::BAD_REQUEST, &json!({ "error": error, "error_description": description }))
}

/// Checks an assertion as the documentation of service accounts asks for it: RS256, one hour at most, the endpoint as
/// its audience, a scope of Sheets. The words of the refusals are Google's where known, *unverified* otherwise.
fn service_account(options: &Options, assertion: &str, now: DateTime<Utc>) -> Result<usize, &'static str> {
    let malformed = "Invalid JWT: Token must be a short-lived token and in a reasonable timeframe.";
    let mut parts = assertion.split('.');
    let (Some(header), Some(claims), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("Invalid JWT");
    };
    let signed = &assertion[..header.len() + 1 + claims.len()];
    let (header, claims) = (part(header).ok_or("Invalid JWT")?, part(claims).ok_or("Invalid JWT")?);
    let (Some(issued), Some(expires)) = (claims["iat"].as_i64(), claims["exp"].as_i64()) else {
        return Err(malformed);
    };
    let now = now.timestamp();
    if issued > now + 300 || expires <= now || expires - issued > ASSERTION_SECONDS {
        return Err(malformed);
    }
    if header["alg"] != "RS256" || !claims["aud"].as_str().is_some_and(|audience| audience.ends_with("/token")) {
        return Err("Invalid JWT");
    }
    if !claims["scope"].as_str().is_some_and(|scopes| scopes.contains("/auth/spreadsheets")) {
        return Err("Invalid OAuth scope or ID token audience provided.");
    }
    if options.logins.is_empty() {
        return Ok(0);
    }
    let known = |login: &super::Login| !login.email.is_empty() && claims["iss"] == login.email.as_str();
    let user = options.logins.iter().position(known).ok_or("Invalid grant: account not found")?;
    let key = &options.logins[user].public_key;
    let has_signed = || {
        let signature = URL_SAFE_NO_PAD.decode(signature);
        signature.is_ok_and(|signature| is_signed(key, signed.as_bytes(), &signature))
    };
    if !key.is_empty() && !has_signed() {
        return Err("Invalid JWT Signature.");
    }
    Ok(user)
}

fn part(text: &str) -> Option<Json> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}
