//! The pace of an account: never too fast, hardly ever too slow, in order.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response};
use lapwing_contract::{Clock, ErrorKind, Quota, RateScope, SimulatedClock};
use lapwing_http::scripted::{Reply, ScriptedTransport};
use lapwing_http::{
    ApiRequest, Client, HttpEnv, Limits, Pace, PaceSettings, QuotaRule, SharedLimits, Transport, TransportError,
};
use proptest::prelude::*;

use crate::{Stage, key, profile, start};

/// Answers after a while and notes when each request started, and its path.
#[derive(Debug)]
struct Vendor {
    clock: SimulatedClock,
    latency: Duration,
    started: Mutex<Vec<(DateTime<Utc>, String)>>,
}

#[async_trait]
impl Transport for Vendor {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.started.lock().unwrap().push((self.clock.now(), request.uri().path().to_owned()));
        self.clock.sleep(self.latency).await;
        Ok(Response::new(Bytes::from_static(b"{}")))
    }
}

fn rule(requests: u32) -> QuotaRule {
    QuotaRule { name: "contacts", quota: Quota { requests, per: Duration::from_secs(60) } }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Sends from several callers at once, each of whom has the client whose number is its own modulo that of `own`, the limits
/// that the users of the clients want. Each waits a while before each of its requests, and an odd wait makes the request
/// one that counts against no quota of the vendor. Gives the starts and paths; a path ends in the client's number.
fn starts(limit: u32, own: &[Option<u32>], latency_ms: u64, callers: &[Vec<u64>]) -> Vec<(DateTime<Utc>, String)> {
    let clock = SimulatedClock::starting_at(start());
    let latency = Duration::from_millis(latency_ms);
    let vendor = Arc::new(Vendor { clock: clock.clone(), latency, started: Mutex::default() });
    let limits = Limits::default();
    let client = |own: &Option<u32>| {
        let pace = PaceSettings { requests_per_minute: own.and_then(NonZeroU32::new) };
        let env = HttpEnv::new(Arc::clone(&vendor) as Arc<dyn Transport>, Arc::new(clock.clone()))
            .with_pace(pace)
            .with_limits(limits.of(RateScope::of(["one account"])));
        Client::new(&env, profile(key(), vec![rule(limit)]))
    };
    let clients: Vec<Client> = own.iter().map(client).collect();
    run(futures::future::join_all(callers.iter().enumerate().map(|(caller, waits)| {
        let number = caller % clients.len();
        let (client, clock) = (&clients[number], &clock);
        async move {
            for wait in waits {
                clock.sleep(Duration::from_millis(*wait)).await;
                let request = match wait % 2 {
                    0 => ApiRequest::get(&format!("/contacts/{number}")).quota("contacts"),
                    _ => ApiRequest::get(&format!("/other/{number}")),
                };
                client.send(request).await.unwrap();
            }
        }
    })));
    vendor.started.lock().unwrap().clone()
}

/// The most requests in any window of a minute.
fn busiest_minute<'a>(starts: impl Iterator<Item = &'a (DateTime<Utc>, String)>) -> usize {
    let starts: Vec<DateTime<Utc>> = starts.map(|(at, _)| *at).collect();
    let within = |from: DateTime<Utc>, at: &DateTime<Utc>| from <= *at && *at < from + TimeDelta::minutes(1);
    starts.iter().map(|from| starts.iter().filter(|at| within(*from, at)).count()).max().unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_minute_ever_holds_more_requests_than_the_limit(
        limit in 4_u32..200,
        own in proptest::collection::vec(proptest::option::of(1_u32..200), 1..4),
        latency_ms in 0_u64..2000,
        callers in proptest::collection::vec(proptest::collection::vec(0_u64..3000, 1..40), 1..7),
    ) {
        let starts = starts(limit, &own, latency_ms, &callers);
        let contacts = busiest_minute(starts.iter().filter(|(_, path)| path.starts_with("/contacts/")));
        prop_assert!(contacts <= limit as usize, "{contacts} requests a minute, the vendor allows {limit}");
        for (number, own) in own.iter().enumerate() {
            let of_client = format!("/{number}");
            let all = busiest_minute(starts.iter().filter(|(_, path)| path.ends_with(&of_client)));
            prop_assert!(own.is_none_or(|own| all <= own as usize), "{all} requests a minute, the user wants {own:?}");
        }
    }
}

#[test]
fn a_request_that_its_own_user_holds_back_takes_no_window_beyond_the_limit() {
    // The first client's second request has its turn with the vendor in the first second, and with its user a minute later.
    let (slow, busy) = (vec![1, 0], vec![0; 12]);
    let starts = starts(6, &[Some(1), None], 0, &[slow, busy]);
    let contacts = busiest_minute(starts.iter().filter(|(_, path)| path.starts_with("/contacts/")));
    assert_eq!(contacts, 6);
}

#[test]
fn nearly_all_of_the_limit_is_used() {
    for limit in [60, 200, 600] {
        let callers = vec![vec![0; limit as usize]; 4];
        let starts = starts(limit, &[None], 250, &callers);
        let minutes = (starts[starts.len() - 1].0 - starts[0].0).as_seconds_f64() / 60.0;
        let used = f64::from(4 * limit - 1) / (minutes * f64::from(limit));
        assert!((0.98..=1.01).contains(&used), "{used:.4} of {limit} a minute");
    }
}

#[test]
fn what_the_vendor_says_to_one_client_holds_for_all_that_share_its_limits() {
    let clock = SimulatedClock::starting_at(start());
    let limits = Limits::default();
    let client = |scope, reply: Reply| {
        let wire = ScriptedTransport::new([reply]);
        let env = HttpEnv::new(Arc::new(wire), Arc::new(clock.clone())).with_limits(limits.of(RateScope::of([scope])));
        Client::new(&env, profile(key(), vec![rule(600)]))
    };
    let empty = Reply::new(200, "{}").with("x-ratelimit-remaining", "0").with("x-ratelimit-reset", "17");
    let (first, second) = (client("one account", empty), client("one account", Reply::new(200, "{}")));
    let stranger = client("another account", Reply::new(200, "{}"));
    let contacts = || ApiRequest::get("/a").quota("contacts");
    run(first.send(contacts())).unwrap();
    run(stranger.send(contacts())).unwrap();
    assert_eq!(seconds(&clock), 0);
    run(second.send(contacts())).unwrap();
    assert_eq!(seconds(&clock), 17);
}

#[test]
fn requests_start_in_the_order_in_which_they_asked() {
    let clock = SimulatedClock::starting_at(start());
    let vendor = Arc::new(Vendor { clock: clock.clone(), latency: Duration::ZERO, started: Mutex::default() });
    let env = HttpEnv::new(Arc::clone(&vendor) as Arc<dyn Transport>, Arc::new(clock));
    let client = Client::new(&env, profile(key(), vec![rule(6)]));
    let names: Vec<String> = (0..12).map(|number| format!("/{number:02}")).collect();
    run(futures::future::join_all(names.iter().map(|name| client.send(ApiRequest::get(name).quota("contacts")))));
    let seen: Vec<String> = vendor.started.lock().unwrap().iter().map(|(_, path)| path.clone()).collect();
    assert_eq!(seen, names);
}

fn paced(replies: impl IntoIterator<Item = Reply>) -> (Client, SimulatedClock) {
    let clock = SimulatedClock::starting_at(start());
    let env = HttpEnv::new(Arc::new(ScriptedTransport::new(replies)), Arc::new(clock.clone()));
    (Client::new(&env, profile(key(), vec![rule(600)])), clock)
}

fn seconds(clock: &SimulatedClock) -> i64 {
    (clock.now() - start()).num_seconds()
}

#[tokio::test]
async fn when_nothing_is_left_the_next_request_waits_for_the_reset() {
    let empty = Reply::new(200, "{}").with("x-ratelimit-remaining", "0").with("x-ratelimit-reset", "17");
    let (client, clock) = paced([empty, Reply::new(200, "{}")]);
    for _ in 0..2 {
        client.send(ApiRequest::get("/a").quota("contacts")).await.unwrap();
    }
    assert_eq!(seconds(&clock), 17);
}

#[tokio::test]
async fn a_vendor_that_allows_less_than_it_publishes_is_believed() {
    let less = Reply::new(200, "{}").with("x-ratelimit-limit", "6");
    let (client, clock) = paced(std::iter::repeat_n(less, 5));
    for _ in 0..5 {
        client.send(ApiRequest::get("/a").quota("contacts")).await.unwrap();
    }
    assert_eq!(seconds(&clock), 30);
}

#[tokio::test]
async fn a_plan_that_allows_more_is_learned_from_the_headers_up_to_its_ceiling() {
    for (told, seconds_taken) in [("600", 1), ("100000", 1), ("60", 10)] {
        let clock = SimulatedClock::starting_at(start());
        let replies = std::iter::repeat_n(Reply::new(200, "{}").with("x-ratelimit-limit", told), 11);
        let env = HttpEnv::new(Arc::new(ScriptedTransport::new(replies)), Arc::new(clock.clone()));
        let client = Client::new(&env, profile(key(), vec![rule(60)])).learning_up_to("contacts", 600);
        for _ in 0..11 {
            client.send(ApiRequest::get("/a").quota("contacts")).await.unwrap();
        }
        // At 600 a minute ten start at once; at 60 a minute one a second.
        assert!(seconds(&clock) <= seconds_taken && (told != "60" || seconds(&clock) == seconds_taken), "{told}");
    }
}

#[tokio::test]
async fn an_endpoints_empty_bucket_is_waited_for_by_its_own_request_only() {
    let busy = Reply::new(429, "").with("vendor-ratelimit-jobs", "total=30; remaining=0; resets=60");
    let (client, clock) = paced([busy, Reply::new(200, "{}"), Reply::new(200, "{}")]);
    let send = || client.send(ApiRequest::get("/a").quota("contacts"));
    let second = async {
        clock.sleep(Duration::from_secs(1)).await;
        send().await.unwrap();
        seconds(&clock)
    };
    let (first, second) = futures::future::join(send(), second).await;
    assert_eq!((first.unwrap().attempts, second, seconds(&clock)), (2, 1, 60));
}

#[tokio::test]
async fn a_pause_longer_than_the_deadline_is_an_error_at_once() {
    let empty = Reply::new(200, "{}").with("x-ratelimit-remaining", "0").with("x-ratelimit-reset", "86400");
    let (client, clock) = paced([empty]);
    client.send(ApiRequest::get("/a").quota("contacts")).await.unwrap();
    let error = client.send(ApiRequest::get("/a").quota("contacts")).await.unwrap_err();
    assert_eq!((error.kind, seconds(&clock)), (ErrorKind::RateLimited, 0));
}

#[tokio::test]
async fn a_reset_in_milliseconds_is_waited_for() {
    let reset = (start() + TimeDelta::seconds(17)).timestamp_millis().to_string();
    let empty = Reply::new(200, "{}").with("x-ratelimit-remaining", "0").with("x-ratelimit-reset", reset);
    let (client, clock) = paced([empty, Reply::new(200, "{}")]);
    for _ in 0..2 {
        client.send(ApiRequest::get("/a").quota("contacts")).await.unwrap();
    }
    assert_eq!(seconds(&clock), 17);
}

#[tokio::test]
async fn no_header_is_absurd_enough_to_do_more_than_end_the_request() {
    let huge = ["99999999999", "18446744073709551615", "9223372036854775807", "99999999999999999999999"];
    for (status, header) in [(429, "retry-after"), (503, "retry-after"), (429, "x-ratelimit-reset")] {
        for value in huge {
            let reply = Reply::new(status, "").with("x-ratelimit-remaining", "0").with(header, value);
            let (client, _) = paced([reply, Reply::new(500, "")]);
            let send = || client.send(ApiRequest::get("/a").quota("contacts"));
            let error = send().await.unwrap_err();
            assert!(
                matches!(error.kind, ErrorKind::RateLimited | ErrorKind::Unavailable),
                "{header}: {value}: {error}"
            );
            send().await.unwrap_err();
        }
    }
}

#[tokio::test]
async fn a_pause_without_end_can_be_asked_for() {
    let clock: Arc<dyn Clock> = Arc::new(SimulatedClock::starting_at(start()));
    let pace =
        Pace::new(&clock, PaceSettings::default(), &[rule(600)], &SharedLimits::default(), Duration::from_secs(300));
    for _ in 0..2 {
        pace.pause(Some("contacts"), Duration::MAX);
        assert!(pace.turn(Some("contacts")).await.is_err());
    }
}

#[tokio::test]
async fn one_throttled_request_holds_the_others_back() {
    let (client, clock) =
        paced([Reply::new(429, "").with("retry-after", "30"), Reply::new(200, "{}"), Reply::new(200, "{}")]);
    let send = || client.send(ApiRequest::get("/a").quota("contacts"));
    let first = async { send().await.unwrap() };
    let second = async {
        clock.sleep(Duration::from_secs(5)).await;
        send().await.unwrap()
    };
    let (first, second) = futures::future::join(first, second).await;
    assert_eq!((first.attempts, second.attempts, seconds(&clock)), (2, 1, 30));
}

#[tokio::test]
async fn a_request_that_was_dropped_while_waiting_does_not_block_the_queue() {
    let stage = Stage::with(ScriptedTransport::new([Reply::new(200, "{}"), Reply::new(200, "{}")]), |env| {
        env.with_pace(PaceSettings { requests_per_minute: NonZeroU32::new(1) })
    });
    stage.client.send(ApiRequest::get("/a")).await.unwrap();
    let waiting = Box::pin(stage.client.send(ApiRequest::get("/b")));
    assert!(futures::poll!(waiting).is_pending());
    stage.client.send(ApiRequest::get("/c")).await.unwrap();
    assert_eq!(stage.wire.sent().len(), 2);
    assert_eq!(stage.elapsed(), Duration::from_secs(60));
}
