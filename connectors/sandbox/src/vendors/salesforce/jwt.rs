//! Assertions of the JWT bearer flow: read, and checked as Salesforce does.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value as Json;

use super::super::is_signed;

/// The longest life of an assertion. Documented: three to five minutes.
const LONGEST: TimeDelta = TimeDelta::minutes(5);

/// The audiences of the authorization server.
const AUDIENCES: [&str; 2] = ["https://login.salesforce.com", "https://test.salesforce.com"];

/// A JWT signed with RS256.
pub(super) struct Assertion {
    pub(super) issuer: String,
    pub(super) subject: String,
    audience: String,
    expires: DateTime<Utc>,
    signed: Vec<u8>,
    signature: Vec<u8>,
}

impl Assertion {
    /// Reads an assertion; none where it is no JWT or not RS256.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (head, claims) = signed.split_once('.')?;
        let json = |part: &str| serde_json::from_slice::<Json>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let (head, claims) = (json(head)?, json(claims)?);
        (head["alg"] == "RS256").then_some(())?;
        let claim = |name: &str| claims[name].as_str().map(str::to_owned);
        Some(Self {
            issuer: claim("iss")?,
            subject: claim("sub")?,
            audience: claim("aud")?,
            expires: DateTime::from_timestamp(claims["exp"].as_i64()?, 0)?,
            signed: signed.as_bytes().to_vec(),
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// Whether the signature is that of the key: an `RSAPublicKey` in DER.
    pub(super) fn is_signed_by(&self, public_key: &[u8]) -> bool {
        is_signed(public_key, &self.signed, &self.signature)
    }

    pub(super) fn check_times(&self, now: DateTime<Utc>) -> Result<(), &'static str> {
        if !AUDIENCES.contains(&self.audience.as_str()) {
            return Err("audience is invalid");
        }
        let in_time = self.expires > now && self.expires <= now + LONGEST;
        if in_time { Ok(()) } else { Err("expired authorization code") }
    }
}
