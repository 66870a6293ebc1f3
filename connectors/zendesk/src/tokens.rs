//! Credentials: API tokens, client credentials, and refresh tokens that change with every use.
//!
//! Using a refresh token deletes it and its access token (support.zendesk.com, 9182123625370). So the pair that comes
//! back is stored in the vault before it is used, one caller at a time; and where another process was faster, its pair
//! is found there.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request};
use lapwing_contract::{Clock, DestinationError, ErrorKind};
use lapwing_http::{
    ApiRequest, ApiResponse, Client, Credentials, Generation, HttpEnv, NoCredentials, Profile, RateHeaders, Token,
    TokenCache, TokenSource, Vault,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use url::Url;

use crate::api::{Granted, TOKENS};
use crate::config::{Access, Config};
use crate::response::code;

/// So long before its end a token is replaced.
const EARLY: Duration = Duration::from_secs(60);
/// The name of the vault's entry.
const ENTRY: &str = "zendesk-oauth";
const SCOPE: &str = "read write";

/// The credentials that a table asks for.
pub(crate) fn credentials(
    config: &Config,
    base: &Url,
    env: &HttpEnv,
) -> Result<Arc<dyn Credentials>, DestinationError> {
    let (id, secret, refresh_token) = match config.access()? {
        Access::ApiToken { email, token } => return Ok(Arc::new(ApiToken::new(&email, &token)?)),
        Access::Oauth { id, secret, refresh_token } => (id, secret, refresh_token),
    };
    let profile = Profile {
        base: base.clone(),
        credentials: Arc::new(NoCredentials),
        quotas: Vec::new(),
        rate_headers: RateHeaders::NONE,
    };
    let endpoint = Endpoint {
        client: Client::new(env, profile),
        id,
        secret,
        scope: config.scope.clone().unwrap_or_else(|| SCOPE.to_owned()),
    };
    let source: Box<dyn TokenSource> = match refresh_token {
        None => Box::new(ForItself(endpoint)),
        Some(seed) => {
            let (vault, clock) = (Arc::clone(&env.vault), Arc::clone(&env.clock));
            let seed_hash = hash(&[base.as_str(), &endpoint.id, seed.expose_secret()]);
            Box::new(ForAUser { endpoint, seed, seed_hash, vault, clock, state: Mutex::default() })
        }
    };
    Ok(Arc::new(TokenCache::new(source, Arc::clone(&env.clock), EARLY)))
}

/// `Authorization: Basic base64(email/token:API token)`.
#[derive(Debug)]
struct ApiToken {
    header: HeaderValue,
}

impl ApiToken {
    fn new(email: &str, token: &SecretString) -> Result<Self, DestinationError> {
        let pair = format!("{email}/token:{}", token.expose_secret());
        let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
        let mut header = HeaderValue::from_str(&format!("Basic {encoded}")).map_err(|_| {
            DestinationError::new(ErrorKind::Configuration, "reading the credentials", "the API token cannot be sent")
        })?;
        header.set_sensitive(true);
        Ok(Self { header })
    }
}

#[async_trait]
impl Credentials for ApiToken {
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<Generation, DestinationError> {
        request.headers_mut().insert(AUTHORIZATION, self.header.clone());
        Ok(Generation::default())
    }
}

/// The token endpoint and the client that asks there.
#[derive(Debug)]
struct Endpoint {
    client: Client,
    id: String,
    secret: SecretString,
    scope: String,
}

impl Endpoint {
    /// Asks for a token; the answer may be a refusal.
    async fn ask(&self, mut grant: serde_json::Value) -> Result<ApiResponse, DestinationError> {
        grant["client_id"] = json!(self.id);
        grant["client_secret"] = json!(self.secret.expose_secret());
        grant["scope"] = json!(self.scope);
        // Asking once more does no harm: a refresh token that was used is refused.
        let request = ApiRequest::post(TOKENS).json(&grant).idempotent(true).expect(&[400, 401, 403]);
        self.client.send(request).await
    }
}

fn refused(answer: &ApiResponse, advice: &str) -> DestinationError {
    // The code alone: longer words could repeat what was sent.
    let code = code(&answer.body).map(|code| format!(" ({code})")).unwrap_or_default();
    answer.error(ErrorKind::Unauthenticated, format!("Zendesk gives no token{code}; {advice}"))
}

/// An OAuth client that acts for itself.
#[derive(Debug)]
struct ForItself(Endpoint);

#[async_trait]
impl TokenSource for ForItself {
    async fn fetch(&self) -> Result<Token, DestinationError> {
        let answer = self.0.ask(json!({ "grant_type": "client_credentials" })).await?;
        if !answer.is_success() {
            return Err(refused(&answer, "check client_id and client_secret, and that the client is confidential"));
        }
        let granted: Granted = answer.json()?;
        Ok(Token { secret: granted.access_token.into(), lives: granted.expires_in.map(Duration::from_secs) })
    }
}

/// An OAuth client that acts for a user, by a refresh token.
struct ForAUser {
    endpoint: Endpoint,
    /// The token of the sync file.
    seed: SecretString,
    /// Tells whether a stored pair came from that token.
    seed_hash: String,
    vault: Arc<dyn Vault>,
    clock: Arc<dyn Clock>,
    /// Held while a token is fetched.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The access token that was given out last: asked again, it was refused or has expired.
    given: Option<SecretString>,
    /// A pair that could not be stored yet.
    unsaved: Option<Pair>,
}

/// What the vault holds.
#[derive(Clone, Serialize, Deserialize)]
struct Pair {
    seed: String,
    access_token: String,
    refresh_token: String,
    expires_at: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for ForAUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ForAUser").field("endpoint", &self.endpoint).field("vault", &self.vault).finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenSource for ForAUser {
    async fn fetch(&self) -> Result<Token, DestinationError> {
        let mut state = self.state.lock().await;
        if let Some(pair) = state.unsaved.clone() {
            self.save(&pair)?;
            state.unsaved = None;
            return Ok(self.give(&mut state, &pair));
        }
        let mut stored = self.stored()?;
        if let Some(pair) = stored.as_ref().filter(|pair| self.is_fresh(pair, &state)) {
            return Ok(self.give(&mut state, pair));
        }
        let mut answer = self.refresh(stored.as_ref()).await?;
        if !answer.is_success() {
            // Another process may have used the token in between, and stored what it got.
            let now_stored = self.stored()?;
            let token = |pair: &Option<Pair>| pair.as_ref().map(|pair| pair.refresh_token.clone());
            if token(&now_stored) != token(&stored) {
                stored = now_stored;
                if let Some(pair) = stored.as_ref().filter(|pair| self.is_fresh(pair, &state)) {
                    return Ok(self.give(&mut state, pair));
                }
                answer = self.refresh(stored.as_ref()).await?;
            }
        }
        if !answer.is_success() {
            return Err(refused(
                &answer,
                "let the user allow the client once more, and put the new refresh_token in place",
            ));
        }
        let pair = self.pair(&answer)?;
        state.unsaved = Some(pair.clone());
        self.save(&pair)?;
        state.unsaved = None;
        Ok(self.give(&mut state, &pair))
    }
}

impl ForAUser {
    /// The stored pair, unless the sync file has another token since. An entry that cannot be read is none.
    fn stored(&self) -> Result<Option<Pair>, DestinationError> {
        let entry = self.vault.load(ENTRY)?;
        let pair = entry.and_then(|entry| serde_json::from_str::<Pair>(entry.expose_secret()).ok());
        Ok(pair.filter(|pair| pair.seed == self.seed_hash))
    }

    fn is_fresh(&self, pair: &Pair, state: &State) -> bool {
        let early = TimeDelta::from_std(EARLY).unwrap_or_default();
        let is_given = state.given.as_ref().is_some_and(|given| given.expose_secret() == pair.access_token);
        !is_given && pair.expires_at.is_none_or(|at| self.clock.now() + early < at)
    }

    async fn refresh(&self, stored: Option<&Pair>) -> Result<ApiResponse, DestinationError> {
        let token = stored.map_or(self.seed.expose_secret(), |pair| pair.refresh_token.as_str());
        self.endpoint.ask(json!({ "grant_type": "refresh_token", "refresh_token": token })).await
    }

    fn pair(&self, answer: &ApiResponse) -> Result<Pair, DestinationError> {
        let granted: Granted = answer.json()?;
        let refresh_token = granted
            .refresh_token
            .ok_or_else(|| answer.error(ErrorKind::Protocol, "Zendesk's answer holds no refresh token"))?;
        let life = granted.expires_in.and_then(|seconds| TimeDelta::try_seconds(i64::try_from(seconds).ok()?));
        let expires_at = life.and_then(|life| self.clock.now().checked_add_signed(life));
        Ok(Pair { seed: self.seed_hash.clone(), access_token: granted.access_token, refresh_token, expires_at })
    }

    fn save(&self, pair: &Pair) -> Result<(), DestinationError> {
        // A pair consists of texts and a time: it can always be written.
        let text = serde_json::to_string(pair).map_err(|error| {
            DestinationError::new(ErrorKind::Local, "store the tokens", "they cannot be written").with_source(error)
        })?;
        self.vault.store(ENTRY, &SecretString::from(text))
    }

    fn give(&self, state: &mut State, pair: &Pair) -> Token {
        let secret = SecretString::from(pair.access_token.clone());
        state.given = Some(secret.clone());
        let lives = pair.expires_at.map(|at| (at - self.clock.now()).to_std().unwrap_or_default());
        Token { secret, lives }
    }
}

fn hash(parts: &[&str]) -> String {
    use std::fmt::Write as _;
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    digest.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
