//! What vendors answer: any status, body and header to any question. No panic; an outcome for each record or an error;
//! and no word of the vendor in the error, because vendors repeat values.

use std::time::Duration;

use lapwing_contract::{JobRef, Operation, Value};
use lapwing_http::scripted::Reply;
use proptest::prelude::*;

use super::spoil::spoiled;
use super::vendors::{KINDS, batch, connect, prepared, target, token};
use super::{cases, corpus};

const STATUSES: [u16; 19] =
    [200, 200, 200, 201, 202, 204, 207, 301, 400, 401, 403, 404, 409, 413, 422, 429, 500, 503, 599];

/// Headers that are read, and what vendors might put there.
fn header() -> impl Strategy<Value = (&'static str, String)> {
    let names = prop::sample::select(vec![
        "retry-after",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "zendesk-ratelimit-inflight-jobs",
        "sforce-limit-info",
        "sforce-locator",
        "content-type",
        "location",
        "date",
    ]);
    let values = prop_oneof![
        Just("0".to_owned()),
        Just("1".to_owned()),
        Just("-1".to_owned()),
        Just("soon".to_owned()),
        Just("9223372036854775807".to_owned()),
        Just("99999999999999999999999".to_owned()),
        Just("Sun, 06 Nov 1994 08:49:37 GMT".to_owned()),
        Just("Fri, 31 Dec 9999 23:59:59 GMT".to_owned()),
        Just("total=30; remaining=0; resets=18446744073709551615".to_owned()),
        Just("api-usage=18/5000".to_owned()),
        Just("api-usage=99999999999999/0".to_owned()),
        "[ -~]{0,30}",
    ];
    (names, values)
}

fn reply(bodies: Vec<String>) -> impl Strategy<Value = Reply> {
    (prop::sample::select(STATUSES.to_vec()), spoiled(bodies, 3), prop::collection::vec(header(), 0..3)).prop_map(
        |(status, body, headers)| {
            headers.into_iter().fold(Reply::new(status, body), |reply, (name, value)| reply.with(name, value))
        },
    )
}

fn record() -> impl Strategy<Value = (String, i64, f64)> {
    ("\\PC{0,12}", any::<i64>(), any::<f64>())
}

/// Ends the case where a future never ends: waits are simulated, so this is the machine's time.
async fn bounded<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.unwrap_or_else(|_| panic!("{what} does not end"))
}

/// Asks everything that a destination can be asked, and counts what it understood.
fn ask(kind: &str, lets_in: bool, replies: &[Reply], records: &[(String, i64, f64)]) -> usize {
    let mut understood = 0;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let script = || lets_in.then(token).into_iter().chain(replies.iter().cloned()).collect();
    let with = || connect(kind, script());
    let silent = |error: &dyn std::fmt::Debug, shown: String| {
        assert!(!format!("{error:?}{shown}").contains("hush@example.com"), "{kind}: {shown}");
    };
    let target = target(kind);
    runtime.block_on(async {
        if let Err(error) = bounded("check", with().check()).await {
            silent(&error, error.to_string());
        }
        if let Err(error) = bounded("describe", with().describe(&target.object)).await {
            silent(&error, error.to_string());
        }
        if let Err(error) = bounded("prepare", with().prepare(&target)).await {
            silent(&error, error.to_string());
        }
        for operation in [Operation::Upsert, Operation::Delete] {
            let sent = batch(kind, operation, records);
            match bounded("write", with().write(&sent)).await {
                Ok(receipt) => {
                    assert_eq!(receipt.outcomes.len(), records.len(), "{kind}");
                    understood += 1;
                }
                Err(error) => silent(&error, error.to_string()),
            }
        }
        let sent = batch(kind, Operation::Upsert, records);
        for job in ["job-1", "", "750R/1", r#"{"id":"x"}"#] {
            match bounded("follow", with().follow(&JobRef(job.into()), &sent)).await {
                Ok(receipt) => {
                    assert_eq!(receipt.outcomes.len(), records.len(), "{kind}");
                    understood += 1;
                }
                Err(error) => silent(&error, error.to_string()),
            }
        }
        let keys: Vec<Value> = sent.records.iter().map(|record| record.key.clone()).collect();
        match bounded("read", with().read(&prepared(kind), &keys)).await {
            Ok(rows) => {
                assert_eq!(rows.len(), keys.len(), "{kind}");
                understood += 1;
            }
            Err(error) => silent(&error, error.to_string()),
        }
    });
    understood
}

#[test]
fn the_corpus_does_no_harm_to_any_connector() {
    let records = [("Ada".to_owned(), 1, 0.5), (String::new(), i64::MIN, f64::NAN), ("\u{0}".to_owned(), -1, f64::MAX)];
    for kind in KINDS {
        let mut understood = 0;
        for body in corpus("answers") {
            for status in [200, 202, 400, 401, 422, 429] {
                understood += ask(kind, true, &vec![Reply::new(status, body.as_str()); 8], &records[..]);
            }
        }
        assert!(understood > 0, "{kind} understands nothing of it: the corpus tests its errors alone");
    }
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn spoiled_answers_do_no_harm(
        kind in prop::sample::select(KINDS.to_vec()),
        lets_in in prop::bool::weighted(0.8),
        replies in prop::collection::vec(reply(corpus("answers")), 1..8),
        records in prop::collection::vec(record(), 1..4),
    ) {
        ask(kind, lets_in, &replies, &records);
    }
}
