//! Trying again: when, how often, how far apart, and when never.

use std::time::Duration;

use lapwing_contract::ErrorKind;
use lapwing_http::scripted::{Reply, ScriptedTransport};
use lapwing_http::{ApiRequest, Reach, RetrySettings};

use crate::Stage;

fn settings() -> RetrySettings {
    RetrySettings {
        max_attempts: 4,
        deadline: Duration::from_secs(120),
        first_wait: Duration::from_secs(1),
        longest_wait: Duration::from_secs(30),
    }
}

fn stage(replies: impl IntoIterator<Item = Reply>) -> Stage {
    Stage::with(ScriptedTransport::new(replies), |env| env.with_retry(settings()))
}

fn put() -> ApiRequest {
    ApiRequest::put("/contacts").body("application/json", "{}").idempotent(true)
}

#[tokio::test]
async fn two_failures_and_then_success_is_a_success() {
    let stage = stage([Reply::new(503, ""), Reply::Cut(Reach::MayBeApplied), Reply::new(202, "{\"job_id\":\"j\"}")]);
    let answer = stage.client.send(put()).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.attempts), (202, 3));
    // 1 s and 2 s, each spread from a half to one and a half.
    assert!((1.5..=4.5).contains(&answer.elapsed.as_secs_f64()), "{:?}", answer.elapsed);
    let requests = stage.client.requests();
    assert_eq!((requests.reads, requests.writes, requests.repeats), (0, 3, 2));
    assert_eq!(Duration::from_millis(requests.waited_ms), stage.elapsed());
}

#[tokio::test]
async fn the_same_seed_waits_the_same_and_another_seed_does_not() {
    let mut seen = Vec::new();
    for seed in [7, 7, 8] {
        let wire = ScriptedTransport::new([Reply::new(500, ""), Reply::new(500, ""), Reply::new(200, "{}")]);
        let stage = Stage::with(wire, |env| env.with_retry(settings()).with_seed(seed));
        stage.client.send(ApiRequest::get("/x")).await.unwrap();
        seen.push(stage.elapsed());
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0], seen[2]);
}

#[tokio::test]
async fn retry_after_is_obeyed_to_the_second_in_both_forms() {
    for (value, seconds) in [("45", 45), ("Mon, 04 May 2026 08:01:10 GMT", 70)] {
        let stage = stage([Reply::new(429, "").with("retry-after", value), Reply::new(200, "{}")]);
        stage.client.send(put()).await.unwrap();
        assert_eq!(stage.elapsed(), Duration::from_secs(seconds), "{value}");
    }
}

#[tokio::test]
async fn a_throttled_request_without_retry_after_waits_for_the_reset() {
    let throttled = Reply::new(429, "").with("x-ratelimit-remaining", "0").with("x-ratelimit-reset", "20");
    let stage = stage([throttled, Reply::new(200, "{}")]);
    stage.client.send(put()).await.unwrap();
    assert_eq!(stage.elapsed(), Duration::from_secs(20));
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_is_not_shortened_but_given_up() {
    let stage = stage([Reply::new(429, "").with("retry-after", "3600"), Reply::new(200, "{}")]);
    let error = stage.client.send(put()).await.unwrap_err();
    assert_eq!((error.kind, error.status, error.attempts), (ErrorKind::RateLimited, Some(429), 1));
    assert_eq!(stage.elapsed(), Duration::ZERO);
    assert!(error.message.contains("3600 s"), "{error}");
}

#[tokio::test]
async fn the_count_of_attempts_is_a_limit() {
    let stage = stage(std::iter::repeat_n(Reply::new(500, "").with("retry-after", "1"), 9));
    let error = stage.client.send(put()).await.unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::Unavailable, 4));
    assert_eq!((stage.wire.sent().len(), error.elapsed), (4, Duration::from_secs(3)));
}

#[tokio::test]
async fn the_deadline_is_a_limit_too() {
    let stage = stage(std::iter::repeat_n(Reply::new(500, "").with("retry-after", "50"), 9));
    let error = stage.client.send(put()).await.unwrap_err();
    assert_eq!((error.attempts, error.elapsed), (3, Duration::from_secs(100)));
}

#[tokio::test]
async fn a_request_that_may_have_been_applied_is_not_repeated_unless_it_is_idempotent() {
    for reply in [Reply::Cut(Reach::MayBeApplied), Reply::new(500, ""), Reply::new(504, ""), Reply::new(408, "")] {
        let stage = stage([reply, Reply::new(200, "{}")]);
        let error = stage.client.send(ApiRequest::post("/contacts")).await.unwrap_err();
        assert_eq!((error.kind, error.attempts, stage.wire.sent().len()), (ErrorKind::Ambiguous, 1, 1));
    }
}

#[tokio::test]
async fn a_request_that_was_surely_not_applied_is_repeated_in_any_case() {
    for reply in [Reply::Cut(Reach::NotSent), Reply::new(429, "")] {
        let stage = stage([reply, Reply::new(201, "{}")]);
        let answer = stage.client.send(ApiRequest::post("/contacts")).await.unwrap();
        assert_eq!(answer.attempts, 2);
    }
}

#[tokio::test]
async fn what_will_not_get_better_is_not_repeated() {
    for (status, kind) in [
        (400, ErrorKind::Protocol),
        (401, ErrorKind::Unauthenticated),
        (403, ErrorKind::Forbidden),
        (404, ErrorKind::NotFound),
        (302, ErrorKind::Protocol),
    ] {
        let stage = stage([Reply::new(status, "ada@example.com").with("location", "https://elsewhere.example")]);
        let error = stage.client.send(put()).await.unwrap_err();
        assert_eq!((error.kind, error.status, stage.wire.sent().len()), (kind, Some(status), 1));
        assert!(!format!("{error} {error:?}").contains("ada"), "{error:?}");
    }
}

#[tokio::test]
async fn an_expected_status_is_an_answer() {
    let stage = stage([Reply::new(404, "{\"result\":1}")]);
    let answer = stage.client.send(ApiRequest::get("/contacts").id("ada@example.com").expect(&[404])).await.unwrap();
    assert!(!answer.is_success());
    assert_eq!(format!("{answer:?}"), "404 Not Found for GET /contacts/{id} (12 bytes)");
}

#[tokio::test]
async fn a_download_elsewhere_carries_no_key_and_shows_its_host_only() {
    let stage = stage([Reply::new(200, "email,error"), Reply::new(403, "")]);
    let address = || url::Url::parse("https://files.example/errors/job.csv?signature=s3cret").unwrap();
    stage.client.send(ApiRequest::download(address())).await.unwrap();
    let error = stage.client.send(ApiRequest::download(address())).await.unwrap_err();
    let sent = stage.wire.sent();
    assert_eq!(sent[0].url, address().as_str());
    assert!(sent.iter().all(|sent| !sent.headers.contains_key("authorization")));
    assert!(!error.to_string().contains("s3cret") && !error.to_string().contains("job"), "{error}");
}

#[tokio::test]
async fn reads_and_writes_are_counted_apart() {
    let stage = stage(std::iter::repeat_n(Reply::new(200, "{}"), 3));
    stage.client.send(ApiRequest::get("/a")).await.unwrap();
    stage.client.send(ApiRequest::post("/search").read_only()).await.unwrap();
    stage.client.send(put()).await.unwrap();
    let requests = stage.client.requests();
    assert_eq!((requests.reads, requests.writes, requests.total()), (2, 1, 3));
    assert_eq!(stage.wire.sent()[0].headers["authorization"], "Bearer SG.secret");
}

#[tokio::test]
async fn an_answer_in_another_shape_is_an_error_that_quotes_nothing() {
    let stage = stage([Reply::new(200, "[\"ada@example.com\"]"), Reply::new(200, "<html>")]);
    for expected in ["not shaped as documented", "is not JSON"] {
        let answer = stage.client.send(ApiRequest::get("/a")).await.unwrap();
        let error = answer.json::<std::collections::HashMap<String, String>>().unwrap_err();
        assert_eq!(error.kind, ErrorKind::Protocol);
        assert!(error.message.contains(expected) && !format!("{error:?}").contains("ada"), "{error:?}");
    }
}
