//! Somebody sets the wall clock in the middle of a run: nothing is sent too early, and nobody waits for the lost hour.

use std::num::NonZeroU32;
use std::time::Duration;

use chrono::TimeDelta;
use lapwing_contract::Clock;
use lapwing_http::scripted::{Reply, ScriptedTransport};
use lapwing_http::{ApiRequest, PaceSettings};

use crate::Stage;

fn stage(replies: impl IntoIterator<Item = Reply>) -> Stage {
    Stage::with(ScriptedTransport::new(replies), |env| {
        env.with_pace(PaceSettings { requests_per_minute: NonZeroU32::new(6) })
    })
}

/// Sends twice, and sets the clock in between. How long both took.
async fn sent_twice(stage: &Stage, step: TimeDelta) -> Duration {
    let send = || stage.client.send(ApiRequest::get("/a"));
    send().await.unwrap();
    stage.clock.step(step);
    send().await.unwrap();
    stage.clock.elapsed()
}

#[tokio::test]
async fn the_pace_is_kept_whichever_way_the_clock_is_set() {
    for hours in [-1, 1] {
        let stage = stage([Reply::new(200, "{}"), Reply::new(200, "{}")]);
        let took = sent_twice(&stage, TimeDelta::hours(hours)).await;
        assert_eq!(took, Duration::from_secs(10), "{hours} h");
    }
}

#[tokio::test]
async fn a_pause_that_the_vendor_asked_for_is_not_cut_short() {
    let stage = stage([Reply::new(429, "").with("retry-after", "60"), Reply::new(200, "{}"), Reply::new(200, "{}")]);
    let first = stage.client.send(ApiRequest::get("/a"));
    let second = async {
        stage.clock.sleep(Duration::from_secs(11)).await;
        stage.clock.step(TimeDelta::hours(1));
        stage.client.send(ApiRequest::get("/b")).await.unwrap();
        stage.clock.elapsed()
    };
    let (first, second) = futures::future::join(first, second).await;
    assert_eq!(first.unwrap().attempts, 2);
    assert!(second >= Duration::from_secs(60), "{second:?}");
}

#[tokio::test]
async fn a_deadline_is_neither_near_nor_far_because_the_clock_was_set() {
    for hours in [-1, 1] {
        let stage = stage([Reply::new(503, ""), Reply::new(503, ""), Reply::new(200, "{}")]);
        let sending = stage.client.send(ApiRequest::get("/a"));
        let setting = async {
            stage.clock.sleep(Duration::from_millis(1)).await;
            stage.clock.step(TimeDelta::hours(hours));
        };
        let (answer, ()) = futures::future::join(sending, setting).await;
        assert_eq!(answer.unwrap().attempts, 3, "{hours} h");
        assert!(stage.clock.elapsed() < Duration::from_secs(60));
    }
}
