use super::*;
use serde_json::json;

fn job(status: &str, results: Json) -> Job {
    Job { id: "V3-1".into(), status: status.into(), message: String::new(), results }
}

fn keys(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

fn said(job: &Job, of: &[&str]) -> Vec<String> {
    let word = |outcome: Outcome| match outcome {
        Outcome::Rejected(rejection) => rejection.code,
        other => format!("{other:?}").to_lowercase(),
    };
    ended(job, &keys(of), false).into_iter().map(word).collect()
}

#[test]
fn a_reference_survives_as_text_and_knows_whom_the_job_is_about() {
    let reference = Reference::new("V3-a!b".into(), 3, vec![0, 2]);
    let again = Reference::parse(&reference.to_job()).unwrap();
    assert_eq!(again, reference);
    // The whole batch: five passed the check, the first and third of them were held back.
    assert_eq!(again.sent(&[0, 1, 4, 5, 6]), Some(vec![1, 5, 6]));
    // Only those that were left pending.
    assert_eq!(again.sent(&[0, 1, 2]), Some(vec![0, 1, 2]));
    assert_eq!(again.sent(&[0, 1]), None);
    for odd in ["", "V3-1", "V3-1!x!", "V3-1!1!a", "V3-1!1!t"] {
        assert_eq!(Reference::parse(&JobRef(odd.into())), None, "{odd}");
    }
}

#[test]
fn a_record_whose_tags_have_to_follow_is_not_confirmed_by_its_first_job() {
    let reference = Reference::new("V3-1".into(), 3, vec![4]).without_tags(vec![0, 2]);
    assert_eq!(&*reference.to_job().0, "V3-1!3!4,t0,t2");
    let again = Reference::parse(&reference.to_job()).unwrap();
    assert_eq!(again, reference);
    let refused = || Outcome::Rejected(Box::new(Rejection::permanent("name_missing", "")));
    let settled = again.settled(vec![Outcome::Created, Outcome::Created, refused()]);
    assert_eq!(settled, [Outcome::Unknown, Outcome::Created, refused()]);
}

#[test]
fn recorded_rows_without_index_are_placed_by_position_and_failures_by_index() {
    let rows = json!([
        { "id": 1, "status": "Created" },
        { "index": 1, "error": "OrganizationUpdateFailed", "id": 2, "details": "Name:  x has already been taken" },
        { "id": 3, "action": "update", "status": "Updated", "success": true },
    ]);
    assert_eq!(said(&job("completed", rows), &["a", "b", "c"]), ["created", "external_id_taken", "confirmed"]);
}

#[test]
fn rows_in_any_order_are_placed_by_index_or_key() {
    let rows = json!([{ "id": 3, "index": 2, "status": "Created" }, { "external_id": "B", "status": "Updated" }]);
    assert_eq!(said(&job("completed", rows), &["a", "b", "c"]), ["unknown", "confirmed", "created"]);
}

#[test]
fn fewer_rows_without_names_say_nothing() {
    let rows = json!([{ "id": 1, "status": "Created" }]);
    assert_eq!(said(&job("completed", rows), &["a", "b"]), ["unknown", "unknown"]);
}

#[test]
fn a_summary_speaks_for_all_and_only_where_the_job_completed() {
    assert_eq!(said(&job("completed", json!({ "success": true })), &["a", "b"]), ["confirmed", "confirmed"]);
    for results in [json!({ "success": false }), json!(null), json!([]), json!("odd")] {
        assert_eq!(said(&job("completed", results), &["a", "b"]), ["unknown", "unknown"]);
    }
    assert_eq!(said(&job("failed", json!({ "success": true })), &["a", "b"]), ["unknown", "unknown"]);
}

#[test]
fn a_failed_job_rejects_a_single_record_for_now_and_keeps_what_its_rows_say() {
    assert_eq!(said(&job("failed", json!(null)), &["a"]), ["job_failed"]);
    let rows = json!([{ "index": 0, "id": 1, "status": "Created" }]);
    assert_eq!(said(&job("killed", rows), &["a", "b"]), ["created", "unknown"]);
}

#[test]
fn hostile_rows_confirm_nobody() {
    let rows = json!([
        { "index": 7, "status": "Created" },
        { "index": 18_446_744_073_709_551_615_u64, "status": "Created" },
        { "index": 0, "success": false },
        { "index": 0, "success": true },
        null,
        "odd",
        { "index": 1, "error": { "title": "x" } },
        { "index": 2, "error": "SomeCode", "details": ["a"] },
    ]);
    let said = said(&job("completed", rows), &["a", "b", "c"]);
    assert_eq!(said, ["record_refused", "record_refused", "SomeCode"]);
}

#[test]
fn an_unknown_status_is_waited_for() {
    for (status, stage) in
        [("queued", Stage::Running), ("working", Stage::Running), ("", Stage::Running), ("Completed", Stage::Completed)]
    {
        assert_eq!(job(status, Json::Null).stage(), stage, "{status}");
    }
}
