use serde_json::json;

use super::Account;

const EMAILS: &str = "/v3/marketing/contacts/search/emails";

#[tokio::test]
async fn a_search_finds_first_and_alternate_addresses_in_any_case() {
    let account = Account::new();
    account.upsert(json!([{ "email": "ada@example.com", "alternate_emails": ["Countess@example.com"] }])).await;
    let search = json!({ "emails": ["ADA@Example.com", "countess@EXAMPLE.com", "nobody@example.com", ""] });
    let (status, body) = account.call("POST", EMAILS, search).await;
    assert_eq!(status, 200);
    let result = body["result"].as_object().unwrap();
    assert_eq!(result.keys().collect::<Vec<_>>(), ["ada@example.com", "countess@example.com", "nobody@example.com"]);
    assert_eq!(result["countess@example.com"]["contact"]["email"], "ada@example.com");
    assert_eq!(result["nobody@example.com"], json!({ "error": "contact not found" }));
}

#[tokio::test]
async fn a_search_without_a_hit_is_404_and_with_an_invalid_address_400() {
    let account = Account::new();
    account.upsert(json!([{ "email": "ada@example.com" }])).await;
    assert_eq!(account.call("POST", EMAILS, json!({ "emails": ["nobody@example.com"] })).await.0, 404);
    assert_eq!(account.call("POST", EMAILS, json!({ "emails": ["ada@example.com", "000"] })).await.0, 400);
    assert_eq!(account.call("POST", EMAILS, json!({ "emails": [] })).await.0, 400);
    assert_eq!(account.call("POST", EMAILS, json!({ "emails": "ada@example.com" })).await.0, 400);
    assert_eq!(account.call("POST", EMAILS, json!({ "emails": vec!["a@b.io"; 101] })).await.0, 400);
}

#[tokio::test]
async fn contacts_are_found_by_each_identifier() {
    let account = Account::new();
    account
        .upsert(json!([{ "email": "ada@example.com", "external_id": "X1", "anonymous_id": "an", "phone_number_id": "+14152279968" }]))
        .await;
    for (kind, text) in [
        ("email", "ADA@example.com"),
        ("external_id", "X1"),
        ("anonymous_id", "an"),
        ("phone_number_id", "+14152279968"),
    ] {
        let path = format!("/v3/marketing/contacts/search/identifiers/{kind}");
        let (status, body) = account.call("POST", &path, json!({ "identifiers": [text] })).await;
        assert_eq!(status, 200, "{kind}");
        let (_, found) = body["result"].as_object().unwrap().iter().next().unwrap();
        assert_eq!(found["contact"]["external_id"], "X1");
    }
    let path = "/v3/marketing/contacts/search/identifiers/external_id";
    assert_eq!(account.call("POST", path, json!({ "identifiers": ["x1"] })).await.0, 404, "other ids keep their case");
    let path = "/v3/marketing/contacts/search/identifiers/shoe_size";
    assert_eq!(account.call("POST", path, json!({ "identifiers": ["x1"] })).await.0, 400);
}

#[tokio::test]
async fn contacts_are_read_by_id_in_batches_and_counted() {
    let account = Account::new();
    account.upsert(json!([{ "email": "a@b.io" }, { "email": "c@d.io" }])).await;
    let id = account.contact("c@d.io").await["id"].as_str().unwrap().to_owned();
    assert_eq!(account.get(&format!("/v3/marketing/contacts/{id}")).await.1["email"], "c@d.io");
    assert_eq!(account.get("/v3/marketing/contacts/x").await.0, 404);
    let (_, body) = account.call("POST", "/v3/marketing/contacts/batch", json!({ "ids": [&id, "x"] })).await;
    assert_eq!(body["result"].as_array().unwrap().len(), 1);
    let (_, body) = account.get("/v3/marketing/contacts").await;
    assert_eq!((&body["contact_count"], &body["result"][0]["email"]), (&json!(2), &json!("a@b.io")));
}
