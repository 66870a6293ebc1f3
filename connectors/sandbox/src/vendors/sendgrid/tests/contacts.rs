use serde_json::{Value as Json, json};

use super::{Account, first_error};
use crate::vendors::sendgrid::Options;

#[tokio::test]
async fn a_bad_address_refuses_the_whole_request_and_names_its_place() {
    let account = Account::new();
    let (status, body) = account
        .put(json!({ "contacts": [{ "email": "ada@example.com" }, { "email": "000" }, { "email": "1" }] }))
        .await;
    assert_eq!(status, 400);
    assert_eq!(
        body,
        json!({ "errors": [
            { "field": "contacts[1].email", "message": "email '000' is not valid" },
            { "field": "contacts[2].email", "message": "email '1' is not valid" },
        ] })
    );
    assert!(account.contact("ada@example.com").await.is_null());
    assert_eq!(account.sandbox.state()["jobs"], json!([]));
}

#[tokio::test]
async fn an_account_may_name_only_the_first_bad_contact() {
    let account = Account::with(Options { first_error_only: true, ..Options::default() });
    let (_, body) = account.put(json!({ "contacts": [{ "email": "000" }, { "email": "1" }] })).await;
    assert_eq!(body["errors"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_the_spec_forbids_is_refused() {
    let account = Account::new();
    let long = |length: usize| "x".repeat(length);
    let bad: Vec<(Json, &str)> = vec![
        (json!({ "contacts": [] }), "contacts"),
        (json!({}), "contacts"),
        (json!({ "contacts": [{ "email": "a@b.io" }], "extra": 1 }), "extra"),
        (json!({ "contacts": [{ "first_name": "Ada" }] }), "contacts[0]"),
        (json!({ "contacts": [{ "email": "" }] }), "contacts[0]"),
        (json!({ "contacts": ["a@b.io"] }), "contacts[0]"),
        (json!({ "contacts": [{ "email": "a@b.io", "id": "x" }] }), "contacts[0].id"),
        (json!({ "contacts": [{ "email": "a@b.io", "created_at": "x" }] }), "contacts[0].created_at"),
        (json!({ "contacts": [{ "email": "a@b.io", "city": null }] }), "contacts[0].city"),
        (json!({ "contacts": [{ "email": "a@b.io", "city": 5 }] }), "contacts[0].city"),
        (json!({ "contacts": [{ "email": "a@b.io", "first_name": long(51) }] }), "contacts[0].first_name"),
        (json!({ "contacts": [{ "external_id": long(255) }] }), "contacts[0].external_id"),
        (json!({ "contacts": [{ "email": "a@b.io", "alternate_emails": ["x"] }] }), "contacts[0].alternate_emails[0]"),
        (json!({ "contacts": [{ "email": "a@b.io", "custom_fields": [] }] }), "contacts[0].custom_fields"),
        (json!({ "contacts": [{ "email": "a@b.io" }], "list_ids": ["x"] }), "list_ids[0]"),
    ];
    for (body, field) in bad {
        let (status, answer) = account.put(body.clone()).await;
        assert_eq!((status, first_error(&answer).0), (400, field), "{body}");
    }
    let six = vec!["a@b.io"; 6];
    assert_eq!(account.put(json!({ "contacts": [{ "email": "a@b.io", "alternate_emails": six }] })).await.0, 400);
    let strange = json!({ "contacts": [{ "email": "a@b.io" }], "list_ids": ["00000000-0000-4000-8000-000000000000"] });
    assert_eq!(account.put(strange).await.0, 404);
    let response = account.send("PUT", "/v3/marketing/contacts", "{\"contacts\": [").await;
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn a_request_takes_thirty_thousand_contacts_and_six_million_bytes() {
    let account = Account::new();
    let contacts = |count: usize| (0..count).map(|n| json!({ "email": format!("{n}@b.io") })).collect::<Vec<_>>();
    assert_eq!(account.put(json!({ "contacts": contacts(30_000) })).await.0, 202);
    assert_eq!(account.put(json!({ "contacts": contacts(30_001) })).await.0, 400);
    let empty = r#"{"contacts":[{"email":"a@b.io"}]}"#;
    let padded = |bytes: usize| format!("{empty}{}", " ".repeat(bytes - empty.len()));
    assert_eq!(account.send("PUT", "/v3/marketing/contacts", &padded(6_000_000)).await.status(), 202);
    assert_eq!(account.send("PUT", "/v3/marketing/contacts", &padded(6_000_001)).await.status(), 413);
}

#[tokio::test]
async fn custom_fields_go_by_id_and_a_null_or_an_unknown_id_refuses_the_request() {
    let account = Account::new();
    let field = account.field("score", "Number").await;
    let with = |key: &str, value: Json| json!({ "contacts": [{ "email": "a@b.io", "custom_fields": { key: value } }] });
    let (status, body) = account.put(with("score", json!(1))).await;
    assert_eq!((status, first_error(&body).1), (400, "invalid custom field ids supplied - score"));
    let (status, body) = account.put(with(&field, Json::Null)).await;
    assert_eq!((status, first_error(&body).1), (400, "custom field \"e1_N\" cannot be null"));
}

#[tokio::test]
async fn what_is_left_out_stays_and_an_empty_text_clears() {
    let account = Account::new();
    let (score, tier) = (account.field("score", "Number").await, account.field("tier", "Text").await);
    account
        .upsert(json!([{ "email": "Ada@Example.com", "first_name": "Ada", "city": "London",
                         "custom_fields": { &score: 15.5, &tier: "gold" } }]))
        .await;
    account.upsert(json!([{ "email": "ada@example.com", "city": "", "custom_fields": { &tier: "" } }])).await;
    let contact = account.contact("ADA@example.com").await;
    assert_eq!(contact["email"], "ada@example.com");
    assert_eq!((&contact["first_name"], &contact["city"]), (&json!("Ada"), &json!("")));
    assert_eq!(contact["custom_fields"], json!({ "score": 15.5, "tier": "" }));
    assert!(contact["segment_ids"].is_null() && contact["alternate_emails"].is_null());
    assert_eq!(account.sandbox.state()["contact_count"], 1);
}

#[tokio::test]
async fn text_is_kept_to_the_letter() {
    let account = Account::new();
    let field = account.field("note", "Text").await;
    let odd = "☂️ \"q\" 'a'\r\n\t\\ =1+2 \u{200b}é";
    account.upsert(json!([{ "email": "ada@example.com", "last_name": odd, "custom_fields": { &field: odd } }])).await;
    let contact = account.contact("ada@example.com").await;
    assert_eq!((&contact["last_name"], &contact["custom_fields"]["note"]), (&json!(odd), &json!(odd)));
}

#[tokio::test]
async fn a_value_of_the_wrong_type_is_accepted_and_the_contact_is_silently_unchanged() {
    let account = Account::new();
    let (due, score) = (account.field("due", "Date").await, account.field("score", "Number").await);
    account.upsert(json!([{ "email": "ada@example.com", "first_name": "Ada" }])).await;
    for bad in [
        json!({ "email": "ada@example.com", "first_name": "X", "custom_fields": { &due: "AAAAA" } }),
        json!({ "email": "ada@example.com", "first_name": "X", "custom_fields": { &due: "" } }),
        json!({ "email": "ada@example.com", "first_name": "X", "custom_fields": { &score: "15.5" } }),
        json!({ "email": "ada@example.com", "first_name": "X", "phone_number": "000" }),
    ] {
        let job = account.upsert(json!([bad, { "email": "good@example.com" }])).await;
        assert_eq!((&job["status"], &job["results"]["errored_count"]), (&json!("errored"), &json!(1)));
        assert_eq!(account.contact("ada@example.com").await["first_name"], "Ada");
    }
    assert_eq!(account.contact("good@example.com").await["email"], "good@example.com");
}

#[tokio::test]
async fn an_update_needs_all_identifiers_of_the_contact() {
    let account = Account::new();
    account.upsert(json!([{ "email": "ada@example.com", "external_id": "7" }, { "external_id": "8" }])).await;
    let job = account.upsert(json!([{ "email": "ada@example.com", "first_name": "Ada" }])).await;
    assert_eq!(job["status"], "failed", "all of its records are errors");
    let job = account.upsert(json!([{ "email": "ada@example.com", "external_id": "8" }])).await;
    assert_eq!(job["status"], "failed", "two contacts");
    let job = account.upsert(json!([{ "email": "ada@example.com", "external_id": "7", "first_name": "Ada" }])).await;
    assert_eq!((&job["status"], &job["results"]["updated_count"]), (&json!("completed"), &json!(1)));
    assert_eq!(account.contact("ada@example.com").await["first_name"], "Ada");
}
