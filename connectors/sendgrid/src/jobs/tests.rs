use super::*;
use serde_json::json;

fn keys(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{name}@example.com")).collect()
}

fn stage(body: Json) -> Stage {
    Stage::of(serde_json::from_value(body).unwrap())
}

fn said(outcomes: &[Outcome]) -> Vec<String> {
    let word = |outcome: &Outcome| match outcome {
        Outcome::Rejected(rejection) => rejection.message.clone(),
        other => format!("{other:?}"),
    };
    outcomes.iter().map(word).collect()
}

#[test]
fn only_the_status_ends_a_job() {
    let recorded = json!({"id": "x", "status": "pending", "job_type": "upsert_contacts",
        "results": {"requested_count": 1, "created_count": 1}, "started_at": "2026-01-01T00:00:00Z"});
    assert_eq!(stage(recorded), Stage::Running);
    assert_eq!(stage(json!({"status": "completed", "results": null})), Stage::Completed);
    assert_eq!(stage(json!({"status": "queued"})), Stage::Running);
}

#[test]
fn a_completed_job_with_errors_has_errors() {
    let ended = stage(json!({"status": "completed", "results": {"errored_count": 2}}));
    assert_eq!(ended, Stage::Ended { errored: Some(2), errors_url: None, failed: false });
}

#[test]
fn the_error_file_tells_the_bad_from_the_good_whatever_its_form() {
    let keys = keys(&["ada", "bob", "cyd"]);
    for file in [
        "email,error\nBob@Example.com,bad date\n",
        "\u{feff}row,address,Error Message\r\n2,bob@example.com,bad date\r\n",
        r#"[{"email": "bob@example.com", "error": "bad date"}]"#,
        r#"{"errors": [{"contact": {"email": "bob@example.com"}, "message": "bad date"}]}"#,
        "{\"email\": \"bob@example.com\", \"reason\": \"bad date\"}\n",
        "email,error\nada@example.com,\nbob@example.com,bad date\n",
        "error,alternate_emails,EMAIL\nbad date,ada@example.com,bob@example.com\n",
        r#"[{"alternate_emails": ["ada@example.com"], "Email": "bob@example.com", "error": "bad date"}]"#,
        r#"[{"contact": {"alternate_emails": ["cyd@example.com"], "email": "bob@example.com"}, "error": "bad date"}]"#,
    ] {
        let outcomes = ended(&keys, Some(1), false, Some(file.as_bytes()));
        assert_eq!(said(&outcomes), ["Confirmed", "bad date", "Confirmed"], "{file}");
    }
}

#[test]
fn errors_that_nobody_is_named_for_leave_all_open() {
    let keys = keys(&["ada", "bob"]);
    for file in [None, Some(&b"nothing useful"[..]), Some(&b"\xff\xfe"[..]), Some(&b"[[["[..])] {
        assert_eq!(said(&ended(&keys, Some(1), false, file)), ["Unknown", "Unknown"]);
    }
}

#[test]
fn a_file_that_names_some_of_the_errors_leaves_the_rest_open() {
    let outcomes = ended(&keys(&["ada", "bob", "cyd"]), Some(2), false, Some(b"email,error\nbob@example.com,bad"));
    assert_eq!(said(&outcomes), ["Unknown", "bad", "Unknown"]);
}

#[test]
fn a_row_that_may_mean_another_contact_leaves_all_open() {
    let keys = keys(&["ada", "bob", "cyd"]);
    for file in [
        // Two contacts of the batch, and no column says which of them was dropped.
        "address,also,error\nbob@example.com,ada@example.com,bad date\n",
        "bob@example.com,ada@example.com,bad date\n",
        r#"[{"address": "bob@example.com", "others": ["ada@example.com"], "error": "bad date"}]"#,
        r#"[{"a": {"email": "bob@example.com"}, "b": {"email": "ada@example.com"}, "error": "bad date"}]"#,
        // None of the batch, although another column names one.
        "email,alternate_emails,error\nzoe@example.com,ada@example.com,bad date\n",
        "email,alternate_emails,error\n,ada@example.com,bad date\n",
        r#"[{"email": "zoe@example.com", "alternate_emails": ["ada@example.com"], "error": "bad date"}]"#,
        r#"[{"email": null, "alternate_emails": ["ada@example.com"], "error": "bad date"}]"#,
        // One row is clear, the other is not.
        "email,error\nbob@example.com,bad date\nzoe@example.com,bad date\n",
    ] {
        for errored in [None, Some(1), Some(2)] {
            let outcomes = ended(&keys, errored, false, Some(file.as_bytes()));
            assert_eq!(said(&outcomes), ["Unknown"; 3], "{errored:?} {file}");
        }
    }
}

#[test]
fn the_first_reason_for_a_record_counts() {
    let file = "email,error\nbob@example.com,bad date\n,,\nBOB@example.com,bad phone\n";
    for _ in 0..8 {
        let outcomes = ended(&keys(&["ada", "bob"]), Some(1), false, Some(file.as_bytes()));
        assert_eq!(said(&outcomes), ["Confirmed", "bad date"]);
    }
}

#[test]
fn a_file_that_names_more_than_the_errors_is_not_believed() {
    let outcomes = ended(&keys(&["ada", "bob"]), Some(1), false, Some(b"ada@example.com\nbob@example.com"));
    assert_eq!(said(&outcomes), ["Unknown", "Unknown"]);
}

#[test]
fn the_only_record_of_a_job_is_the_culprit() {
    let [Outcome::Rejected(rejection)] = &ended(&keys(&["ada"]), None, true, None)[..] else { panic!() };
    assert!(rejection.retryable);
    let [Outcome::Rejected(rejection)] = &ended(&keys(&["ada"]), Some(1), false, None)[..] else { panic!() };
    assert!(!rejection.retryable);
}

#[test]
fn trouble_of_the_vendors_own_is_no_fault_of_the_record() {
    for (words, passes) in [("internal error", true), ("Service unavailable", true), ("invalid date", false)] {
        let file = format!("email,error\nada@example.com,{words}\n");
        let outcomes = ended(&keys(&["ada", "bob"]), Some(1), false, Some(file.as_bytes()));
        let Outcome::Rejected(rejection) = &outcomes[0] else { panic!("{outcomes:?}") };
        assert_eq!(rejection.retryable, passes, "{words}");
    }
}

#[test]
fn several_jobs_travel_in_one_reference() {
    let job = |id: &str| Accepted { job_id: id.into() };
    let reference = job_ref(&[job("a-1"), job("b-2")], DateTime::UNIX_EPOCH + TimeDelta::milliseconds(5_700));
    assert_eq!(&*reference.0, "a-1,b-2@5");
    assert_eq!(ids(&reference).collect::<Vec<_>>(), ["a-1", "b-2"]);
}

#[test]
fn a_reference_tells_that_somebody_was_not_found() {
    let at = DateTime::UNIX_EPOCH;
    let reference = removal_ref(&[Accepted { job_id: "a".into() }], false, at);
    assert_eq!((&*reference.0, ids(&reference).collect::<Vec<_>>()), ("a,not-found@0", vec!["a"]));
    assert!(is_to_be_looked_up_again(&reference));
    assert!(is_search_behind(&reference, at + TimeDelta::seconds(59)));
    assert!(!is_search_behind(&reference, at + TimeDelta::seconds(60)));
    let found = removal_ref(&[Accepted { job_id: "a".into() }], true, at);
    assert!(!is_to_be_looked_up_again(&found));
}

#[test]
fn a_reference_is_settling_for_two_minutes_and_one_without_a_time_never() {
    let at = |second| DateTime::from_timestamp(second, 0).unwrap();
    let settles = |text: &str, second| is_settling(&JobRef(text.into()), at(second));
    for (second, expected) in [(1000, true), (1119, true), (1120, false), (990, true), (10, false)] {
        assert_eq!(settles("a-1,b-2@1000", second), expected, "{second}");
    }
    for old in ["a-1,b-2", "a@b", "a@", "a@99999999999999999999", "a@9223372036854775807"] {
        assert!(!settles(old, 1000), "{old}");
    }
    assert_eq!(ids(&JobRef("a-1, b-2".into())).collect::<Vec<_>>(), ["a-1", "b-2"]);
}
