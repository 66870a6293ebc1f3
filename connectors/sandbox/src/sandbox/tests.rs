//! Faults, waits, log and own routes, with SendGrid's lists as the vendor's work.

use chrono::TimeDelta;
use lapwing_contract::SimulatedClock;
use lapwing_http::Transport;
use serde_json::json;

use super::*;
use crate::InProcess;
use crate::vendors::by_kind;

const LISTS: &str = "/v3/marketing/lists";

fn sandbox(settings: Settings) -> Sandbox {
    let clock = SimulatedClock::starting_at(DateTime::UNIX_EPOCH);
    Sandbox::in_memory(by_kind("sendgrid", 7).unwrap(), settings, Arc::new(clock))
}

async fn call(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> Result<Response<Bytes>, TransportError> {
    let request = Request::builder()
        .method(method)
        .uri(format!("https://vendor.test{path}"))
        .header("authorization", "Bearer SG.any")
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_owned()))
        .unwrap();
    InProcess::new(sandbox.clone()).send(request).await
}

/// Creates a list of a new name.
async fn create(sandbox: &Sandbox) -> Result<Response<Bytes>, TransportError> {
    let name = format!("list {}", sandbox.requests(0).len());
    call(sandbox, "POST", LISTS, &json!({ "name": name }).to_string()).await
}

fn lists(sandbox: &Sandbox) -> usize {
    sandbox.state()["lists"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_refused_connection_was_never_sent_and_a_cut_one_may_have_been_applied() {
    let sandbox = sandbox(Settings::default());
    let cases = [
        (Action::Refuse, Reach::NotSent, 0),
        (Action::cut(false), Reach::MayBeApplied, 0),
        (Action::cut(true), Reach::MayBeApplied, 1),
    ];
    for (action, reach, there) in cases {
        sandbox.script([Fault::on("POST", LISTS, action)]);
        let error = create(&sandbox).await.unwrap_err();
        assert_eq!((error.reach, lists(&sandbox)), (reach, there));
    }
    assert_eq!(create(&sandbox).await.unwrap().status(), 201);
    let log: Vec<_> = sandbox.requests(0).into_iter().map(|request| (request.fault, request.status)).collect();
    assert_eq!(log, [(Some("refuse"), None), (Some("cut"), None), (Some("cut"), None), (None, Some(201))]);
}

#[tokio::test]
async fn a_scripted_status_brings_its_headers_and_body_before_or_after_the_work() {
    let sandbox = sandbox(Settings::default());
    let body = json!({ "why": "busy" });
    for (applied, there) in [(false, 0), (true, 1)] {
        let action = Action::Status {
            status: 503,
            headers: [("Retry-After".into(), "7".into())].into(),
            body: Some(body.clone()),
            applied,
        };
        sandbox.script([Fault::on("POST", LISTS, action)]);
        let answer = create(&sandbox).await.unwrap();
        assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (503, &"7".parse().unwrap()));
        assert_eq!(answer.body(), body.to_string().as_bytes());
        assert_eq!(lists(&sandbox), there);
    }
}

#[tokio::test]
async fn answers_may_be_no_json_or_huge() {
    let sandbox = sandbox(Settings::default());
    sandbox.script([
        Fault::on("POST", LISTS, Action::WrongJson { applied: true }),
        Fault::on("POST", LISTS, Action::Huge { bytes: 3_000_000 }),
    ]);
    let wrong = create(&sandbox).await.unwrap();
    assert_eq!(wrong.status(), 201, "the vendor's own status");
    assert!(serde_json::from_slice::<Json>(wrong.body()).is_err());
    assert_eq!(create(&sandbox).await.unwrap().body().len(), 3_000_000);
    assert_eq!(lists(&sandbox), 1);
}

#[tokio::test]
async fn latency_and_delays_pass_on_the_clock_only() {
    let sandbox = sandbox(Settings { latency: Duration::from_millis(250), ..Settings::default() });
    let start = sandbox.now();
    create(&sandbox).await.unwrap();
    assert_eq!(sandbox.now() - start, TimeDelta::milliseconds(250));
    sandbox.script([Fault::on("POST", LISTS, Action::delay(Duration::from_secs(3600)))]);
    create(&sandbox).await.unwrap();
    assert_eq!(sandbox.now() - start, TimeDelta::milliseconds(3_600_500));
}

#[tokio::test]
async fn a_dropped_request_is_applied_or_not_by_where_its_delay_stands() {
    for (applied, there) in [(false, 0), (true, 1)] {
        let sandbox = sandbox(Settings::default());
        sandbox.script([Fault::on("POST", LISTS, Action::Delay { seconds: 60.0, applied })]);
        let mut request = Box::pin(create(&sandbox));
        assert!(futures::poll!(request.as_mut()).is_pending());
        drop(request);
        assert_eq!(lists(&sandbox), there, "applied first: {applied}");
    }
}

#[tokio::test]
async fn the_sandboxs_own_routes_are_neither_logged_nor_disturbed() {
    let sandbox = sandbox(Settings::default());
    create(&sandbox).await.unwrap();
    let fault = json!({ "when": { "times": 9 }, "then": { "action": "cut" } }).to_string();
    assert_eq!(call(&sandbox, "POST", "/_sandbox/faults", &fault).await.unwrap().status(), 204);
    let shown = |answer: Response<Bytes>| serde_json::from_slice::<Json>(answer.body()).unwrap();
    let faults = shown(call(&sandbox, "GET", "/_sandbox/faults", "").await.unwrap());
    assert_eq!(faults["faults"][0]["then"], json!({ "action": "cut", "applied": false }));
    let requests = shown(call(&sandbox, "GET", "/_sandbox/requests?since=0", "").await.unwrap());
    assert_eq!(requests["requests"].as_array().unwrap().len(), 1);
    assert_eq!(requests["requests"][0]["body"], json!({ "name": "list 0" }));
    assert!(!requests.to_string().contains("SG.any"));
    assert_eq!(shown(call(&sandbox, "GET", "/_sandbox/state?limit=0", "").await.unwrap()), sandbox.state_up_to(0));
    assert_eq!(call(&sandbox, "POST", "/_sandbox/reset", "").await.unwrap().status(), 204);
    assert_eq!((lists(&sandbox), sandbox.requests(0).len(), sandbox.faults().len()), (0, 0, 0));
    assert_eq!(sandbox.summary(), "0 contacts, 0 custom fields, 0 lists");
}
