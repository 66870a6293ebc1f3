//! Signing in: a token for all calls, fetched once for everybody, and the host that calls belong to.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::Request;
use lapwing_contract::{Clock, DestinationError, ErrorKind};
use lapwing_http::{
    ApiRequest, ApiResponse, Client, Credentials, Generation, HttpEnv, NoCredentials, Profile, RateHeaders, Token,
    TokenCache, TokenSource,
};
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::config::Config;
use crate::grant::Grant;

/// Where tokens come from.
const TOKEN: &str = "/services/oauth2/token";

/// Credentials of an org. A session's length is not told (it is a setting of the org), so a token is used until it is
/// refused; then it is replaced once.
#[derive(Debug)]
pub(crate) struct Session {
    tokens: TokenCache,
    instance: Instance,
}

/// The host that the latest token belongs to; none before the first, and where calls stay where they are.
type Instance = Arc<Mutex<Option<Url>>>;

impl Session {
    /// A session that signs in when it is first needed.
    pub(crate) fn new(config: &Config, env: &HttpEnv) -> Result<Self, DestinationError> {
        let login = config.address()?;
        let grant = Grant::of(config, &login)?;
        let profile = Profile {
            base: login,
            credentials: Arc::new(NoCredentials),
            quotas: Vec::new(),
            rate_headers: RateHeaders::NONE,
        };
        let instance = Instance::default();
        let source =
            SignIn { client: Client::new(env, profile), grant, stays: config.stays(), instance: Arc::clone(&instance) };
        let clock: Arc<dyn Clock> = Arc::clone(&env.clock);
        Ok(Self { tokens: TokenCache::new(Box::new(source), clock, Duration::ZERO), instance })
    }
}

#[async_trait]
impl Credentials for Session {
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<Generation, DestinationError> {
        let generation = self.tokens.authorize(request).await?;
        let instance = self.instance.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(instance) = instance {
            let rest = request.uri().path_and_query().map_or("/", |rest| rest.as_str());
            let moved = format!("{}{rest}", instance.as_str().trim_end_matches('/'));
            *request.uri_mut() = moved.parse().map_err(|error: http::uri::InvalidUri| {
                let message = "the address that Salesforce gave with the token cannot be used";
                DestinationError::new(ErrorKind::Protocol, format!("POST {TOKEN}"), message).with_source(error)
            })?;
        }
        Ok(generation)
    }

    async fn renew(&self, refused: Generation) -> bool {
        self.tokens.renew(refused).await
    }
}

/// One account's way to tokens.
#[derive(Debug)]
struct SignIn {
    client: Client,
    grant: Grant,
    stays: bool,
    instance: Instance,
}

/// What the token endpoint gives. There is no life in it (recorded).
#[derive(Deserialize)]
struct Signed {
    access_token: SecretString,
    instance_url: String,
}

/// What it gives instead: `{"error": "invalid_grant", "error_description": "…"}` (recorded).
#[derive(Default, Deserialize)]
struct Denied {
    #[serde(default)]
    error: String,
}

#[async_trait]
impl TokenSource for SignIn {
    async fn fetch(&self) -> Result<Token, DestinationError> {
        let form = self.grant.form(self.client.clock().now())?;
        let request = ApiRequest::post(TOKEN)
            .body("application/x-www-form-urlencoded", form)
            // A second session does no harm, and no record changes.
            .read_only()
            .expect(&[400, 401, 403]);
        let answer = self.client.send(request).await?;
        if !answer.is_success() {
            return Err(self.denied(&answer));
        }
        let signed: Signed = answer.json()?;
        if !self.stays {
            let url = lapwing_http::api_address(&signed.instance_url).map_err(|error| {
                answer.error(ErrorKind::Protocol, format!("the org's address in the answer {error}"))
            })?;
            *self.instance.lock().unwrap_or_else(PoisonError::into_inner) = Some(url);
        }
        Ok(Token { secret: signed.access_token, lives: None })
    }
}

impl SignIn {
    fn denied(&self, answer: &ApiResponse) -> DestinationError {
        let denied: Denied = serde_json::from_slice(&answer.body).unwrap_or_default();
        // A code is letters; anything else is not shown.
        let is_code = !denied.error.is_empty()
            && denied.error.len() <= 64
            && denied.error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let code = if is_code { denied.error.as_str() } else { "no reason" };
        let message = format!("Salesforce did not sign in ({code}); {}", self.grant.advice());
        answer.error(ErrorKind::Unauthenticated, message)
    }
}
