use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lapwing_contract::{Clock, SimulatedClock};
use serde_json::{Value as Json, json};

use super::{Org, contact, options};
use crate::vendors::salesforce::Salesforce;
use crate::{Sandbox, Settings};

async fn open(folder: &Path, now: DateTime<Utc>) -> Org {
    let clock = SimulatedClock::starting_at(now);
    let vendor = Box::new(Salesforce::new(7, options()));
    let sandbox = Sandbox::open(folder, vendor, Settings::default(), Arc::new(clock.clone())).unwrap();
    Org::around(sandbox, clock).await
}

fn timeless(org: &Org) -> Json {
    let mut state = org.sandbox.state();
    let state = state.as_object_mut().unwrap();
    // Reads and sign-ins are in no journal, so the count of calls starts where it was saved.
    state.remove("now");
    state.remove("api_calls");
    Json::Object(state.clone())
}

#[tokio::test]
async fn an_org_comes_back_whole_from_its_journal_and_from_its_state() {
    let folder = tempfile::tempdir().unwrap();
    let org = open(folder.path(), DateTime::from_timestamp(1_800_000_000, 0).unwrap()).await;
    org.upsert(&[contact("☂ 1", json!({ "LastName": "a\nb", "Promo_Score__c": 0.5 })), contact("2", json!({}))]).await;
    let body = json!({ "object": "Contact", "operation": "upsert", "externalIdFieldName": "Lapwing_Id__c" });
    let (_, job) = org.call("POST", "/services/data/v67.0/jobs/ingest", body).await;
    let path = format!("/services/data/v67.0/jobs/ingest/{}", job["id"].as_str().unwrap());
    org.send("PUT", &format!("{path}/batches"), "text/csv", "Lapwing_Id__c,LastName\n3,\"c\"\"\"\n").await;
    org.call("PATCH", &path, json!({ "state": "UploadComplete" })).await;
    for save in [false, true] {
        let (before, now) = (timeless(&org), org.clock.now());
        if save {
            org.sandbox.save().unwrap();
        }
        let copy = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
        let next = open(copy.path(), now).await;
        assert_eq!(timeless(&next), before, "saved: {save}");
        next.clock.advance(Duration::from_secs(20));
        assert_eq!(next.contact("3")["LastName"], "c\"");
        assert_eq!(next.get(&path).await.1["state"], "JobComplete");
    }
    let files: String = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    assert!(files.contains("Lapwing_Id__c") && !files.contains("client_secret"));
}
