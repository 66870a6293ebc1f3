//! Tokens that expire: fetched once for all callers, renewed early, replaced once when refused.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request};
use lapwing_contract::{Clock, DestinationError};
use secrecy::SecretString;
use tokio::sync::Mutex;

use crate::credentials::bearer;
use crate::{Credentials, Generation};

/// A token as its endpoint gave it.
#[derive(Debug, Clone)]
pub struct Token {
    /// The text that follows `Bearer`.
    pub secret: SecretString,
    /// How long it lives from now on; none where the vendor does not tell.
    pub lives: Option<Duration>,
}

/// Fetches tokens: one OAuth flow of one account.
#[async_trait]
pub trait TokenSource: Send + Sync + std::fmt::Debug {
    /// Fetches a new token.
    ///
    /// # Errors
    /// What the token endpoint answered. It is not asked again by the cache.
    async fn fetch(&self) -> Result<Token, DestinationError>;
}

/// Bearer credentials from a [`TokenSource`]. While one caller fetches, the others wait for the same token.
#[derive(Debug)]
pub struct TokenCache {
    source: Box<dyn TokenSource>,
    clock: Arc<dyn Clock>,
    /// A token is replaced this long before it expires, so that none expires on the way.
    early: Duration,
    /// Held while fetching: that is what makes it one flight.
    current: Mutex<Current>,
}

#[derive(Debug, Default)]
struct Current {
    token: Option<Cached>,
    generation: u64,
}

#[derive(Debug, Clone)]
struct Cached {
    header: HeaderValue,
    /// By the clock that never steps.
    replace_at: Option<Duration>,
}

impl TokenCache {
    /// A cache without a token: the first request fetches one.
    pub fn new(source: Box<dyn TokenSource>, clock: Arc<dyn Clock>, early: Duration) -> Self {
        Self { source, clock, early, current: Mutex::default() }
    }

    async fn header(&self) -> Result<(HeaderValue, Generation), DestinationError> {
        let mut current = self.current.lock().await;
        let fresh = current.token.clone().filter(|token| token.replace_at.is_none_or(|at| self.clock.elapsed() < at));
        let cached = if let Some(cached) = fresh {
            cached
        } else {
            let cached = self.fetch().await?;
            current.generation += 1;
            current.token.insert(cached).clone()
        };
        Ok((cached.header, Generation(current.generation)))
    }

    async fn fetch(&self) -> Result<Cached, DestinationError> {
        let asked_at = self.clock.elapsed();
        let token = self.source.fetch().await?;
        // A token that lives shorter than `early` is used for half of its life rather than fetched for every request.
        let used_for = token.lives.map(|lives| lives.saturating_sub(self.early).max(lives / 2));
        // A life beyond the end of time needs no replacement.
        let replace_at = used_for.and_then(|used_for| asked_at.checked_add(used_for));
        Ok(Cached { header: bearer(&token.secret)?, replace_at })
    }
}

#[async_trait]
impl Credentials for TokenCache {
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<Generation, DestinationError> {
        let (header, generation) = self.header().await?;
        request.headers_mut().insert(AUTHORIZATION, header);
        Ok(generation)
    }

    async fn renew(&self, refused: Generation) -> bool {
        let mut current = self.current.lock().await;
        if current.generation == refused.0 {
            current.token = None;
        }
        true
    }
}
