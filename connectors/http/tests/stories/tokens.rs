//! Tokens: one flight, early renewal, one replay.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use lapwing_contract::{Clock, DestinationError, ErrorKind, SimulatedClock};
use lapwing_http::scripted::{Reply, ScriptedTransport};
use lapwing_http::{ApiRequest, Client, HttpEnv, Token, TokenCache, TokenSource};
use secrecy::SecretString;

use crate::{profile, start};

/// Gives `t1`, `t2`, … after a second each.
#[derive(Debug)]
struct Mint {
    clock: SimulatedClock,
    minted: Arc<AtomicU32>,
    lives: Option<Duration>,
}

#[async_trait]
impl TokenSource for Mint {
    async fn fetch(&self) -> Result<Token, DestinationError> {
        let number = self.minted.fetch_add(1, Ordering::Relaxed) + 1;
        self.clock.sleep(Duration::from_secs(1)).await;
        Ok(Token { secret: SecretString::from(format!("t{number}")), lives: self.lives })
    }
}

struct Stage {
    client: Client,
    wire: ScriptedTransport,
    clock: SimulatedClock,
    minted: Arc<AtomicU32>,
}

fn stage(replies: impl IntoIterator<Item = Reply>, lives: Option<Duration>) -> Stage {
    let (clock, wire, minted) =
        (SimulatedClock::starting_at(start()), ScriptedTransport::new(replies), Arc::<AtomicU32>::default());
    let env = HttpEnv::new(Arc::new(wire.clone()), Arc::new(clock.clone()));
    let mint = Mint { clock: clock.clone(), minted: Arc::clone(&minted), lives };
    let cache = TokenCache::new(Box::new(mint), Arc::clone(&env.clock), Duration::from_secs(60));
    Stage { client: Client::new(&env, profile(Arc::new(cache), Vec::new())), wire, clock, minted }
}

impl Stage {
    fn bearers(&self) -> Vec<String> {
        let text = |sent: &lapwing_http::scripted::Sent| sent.headers["authorization"].to_str().unwrap().to_owned();
        self.wire.sent().iter().map(text).collect()
    }
}

fn ok() -> Reply {
    Reply::new(200, "{}")
}

#[tokio::test]
async fn many_calls_at_once_fetch_one_token() {
    let stage = stage(std::iter::repeat_n(ok(), 20), None);
    futures::future::join_all((0..20).map(|_| stage.client.send(ApiRequest::get("/a")))).await;
    assert_eq!(stage.minted.load(Ordering::Relaxed), 1);
    assert!(stage.bearers().iter().all(|bearer| bearer == "Bearer t1"));
}

#[tokio::test]
async fn a_token_is_replaced_before_it_expires() {
    let stage = stage(std::iter::repeat_n(ok(), 3), Some(Duration::from_secs(600)));
    for wait in [0, 538, 10] {
        stage.clock.advance(Duration::from_secs(wait));
        stage.client.send(ApiRequest::get("/a")).await.unwrap();
    }
    assert_eq!(stage.bearers(), ["Bearer t1", "Bearer t1", "Bearer t2"]);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_the_request_sent_again_even_where_it_is_not_idempotent() {
    let stage = stage([Reply::new(401, ""), ok()], None);
    let answer = stage.client.send(ApiRequest::post("/a")).await.unwrap();
    assert_eq!((stage.bearers(), answer.attempts), (vec!["Bearer t1".into(), "Bearer t2".into()], 2));
}

#[tokio::test]
async fn a_second_refusal_is_final() {
    let stage = stage(std::iter::repeat_n(Reply::new(401, ""), 5), None);
    let error = stage.client.send(ApiRequest::get("/a")).await.unwrap_err();
    assert_eq!((error.kind, stage.wire.sent().len()), (ErrorKind::Unauthenticated, 2));
}

#[tokio::test]
async fn refusals_of_one_token_at_once_renew_it_once() {
    let stage = stage((0..5).map(|_| Reply::new(401, "")).chain((0..5).map(|_| ok())), None);
    let answers = futures::future::join_all((0..5).map(|_| stage.client.send(ApiRequest::get("/a")))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(stage.minted.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_token_that_outlives_the_calendar_is_kept() {
    let stage = stage([ok(), ok()], Some(Duration::MAX));
    for _ in 0..2 {
        stage.client.send(ApiRequest::get("/a")).await.unwrap();
    }
    assert_eq!(stage.bearers(), ["Bearer t1", "Bearer t1"]);
}
