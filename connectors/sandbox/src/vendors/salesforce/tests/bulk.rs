use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{DATA, Org};
use crate::{Action, Fault, JobFault};

impl Org {
    /// Opens a job and gives its address.
    async fn open(&self) -> String {
        let body = json!({ "object": "Contact", "operation": "upsert", "externalIdFieldName": "Lapwing_Id__c",
            "contentType": "CSV", "lineEnding": "LF", "columnDelimiter": "COMMA" });
        let (status, job) = self.call("POST", &format!("{DATA}/jobs/ingest"), body).await;
        assert_eq!((status, job["state"].as_str()), (200, Some("Open")), "{job}");
        format!("{DATA}/jobs/ingest/{}", job["id"].as_str().unwrap())
    }

    async fn upload(&self, job: &str, csv: &str) -> u16 {
        self.send("PUT", &format!("{job}/batches"), "text/csv", csv.to_owned()).await.status().as_u16()
    }

    async fn close(&self, job: &str) -> (u16, Json) {
        self.call("PATCH", job, json!({ "state": "UploadComplete" })).await
    }

    /// Opens, uploads and closes.
    async fn submit(&self, csv: &str) -> String {
        let job = self.open().await;
        assert_eq!(self.upload(&job, csv).await, 201);
        assert_eq!(self.close(&job).await.0, 200);
        job
    }

    async fn file(&self, job: &str, name: &str) -> String {
        let response = self.send("GET", &format!("{job}/{name}"), "", "").await;
        String::from_utf8(response.body().to_vec()).unwrap()
    }

    async fn state_of(&self, job: &str) -> String {
        self.get(job).await.1["state"].as_str().unwrap_or("none").to_owned()
    }
}

#[tokio::test]
async fn a_job_runs_by_the_clock_and_tells_every_row() {
    let org = Org::new().await;
    let job = org.submit("Lapwing_Id__c,LastName,Days_Late__c\n1,\"a \"\"q\"\",\nb\",12\n2,,3\n3,c,\n").await;
    assert_eq!(org.state_of(&job).await, "UploadComplete");
    org.clock.advance(Duration::from_secs(6));
    assert_eq!(org.state_of(&job).await, "InProgress");
    org.clock.advance(Duration::from_secs(5));
    let (_, body) = org.get(&job).await;
    assert_eq!((body["state"].as_str(), &body["numberRecordsFailed"]), (Some("JobComplete"), &json!(1)));
    assert!(body.get("contentUrl").is_none());
    assert_eq!(org.contact("1")["LastName"], "a \"q\",\nb");
    let failed = org.file(&job, "failedResults").await;
    assert!(failed.starts_with("\"sf__Id\",\"sf__Error\",\"Lapwing_Id__c\""), "{failed}");
    assert!(failed.contains("REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName--"), "{failed}");
    let successful = org.file(&job, "successfulResults").await;
    assert_eq!(successful.matches("\"true\"").count(), 2, "{successful}");
    assert_eq!(org.file(&job, "unprocessedrecords").await.lines().count(), 1);
}

#[tokio::test]
async fn an_empty_cell_leaves_and_na_clears() {
    let org = Org::new().await;
    org.submit("Lapwing_Id__c,LastName,FirstName,Days_Late__c\n1,Lovelace,Ada,12\n").await;
    org.clock.advance(Duration::from_secs(11));
    org.submit("Lapwing_Id__c,FirstName,Days_Late__c\n1,,#N/A\n").await;
    org.clock.advance(Duration::from_secs(11));
    let stored = org.contact("1");
    assert_eq!((stored["FirstName"].as_str(), &stored["Days_Late__c"]), (Some("Ada"), &Json::Null));
}

#[tokio::test]
async fn rows_of_a_file_are_in_another_order_and_always_the_same() {
    let csv = |count: u32| (0..count).fold("Lapwing_Id__c,LastName\n".to_owned(), |csv, n| csv + &format!("{n},x\n"));
    let mut files = Vec::new();
    for _ in 0..2 {
        let org = Org::new().await;
        let job = org.submit(&csv(50)).await;
        org.clock.advance(Duration::from_secs(11));
        files.push(org.file(&job, "successfulResults").await);
    }
    assert_eq!(files[0], files[1]);
    let keys: Vec<u32> =
        files[0].lines().skip(1).map(|line| line.split('"').nth(5).unwrap().parse().unwrap()).collect();
    assert_eq!(keys.len(), 50);
    assert!(!keys.is_sorted());
}

#[tokio::test]
async fn data_are_uploaded_once_and_an_aborted_job_does_nothing() {
    let org = Org::new().await;
    let job = org.open().await;
    assert_eq!(org.close(&job).await.0, 400, "no data yet");
    assert_eq!(org.upload(&job, "Lapwing_Id__c,LastName\n1,x\n").await, 201);
    assert_eq!(org.upload(&job, "Lapwing_Id__c,LastName\n2,x\n").await, 400);
    assert_eq!(org.call("PATCH", &job, json!({ "state": "Aborted" })).await.0, 200);
    assert_eq!(org.close(&job).await.0, 400);
    org.clock.advance(Duration::from_secs(60));
    assert_eq!((org.state_of(&job).await.as_str(), org.contact("1")), ("Aborted", Json::Null));
    assert_eq!(org.file(&job, "unprocessedrecords").await.lines().count(), 2);
    assert_eq!(org.call("DELETE", &job, Json::Null).await.0, 204);
    assert_eq!(org.get(&job).await.0, 404);
}

#[tokio::test]
async fn an_unknown_column_fails_the_job() {
    let org = Org::new().await;
    let job = org.submit("Lapwing_Id__c,LastName,Nothing__c\n1,x,y\n").await;
    org.clock.advance(Duration::from_secs(11));
    let (_, body) = org.get(&job).await;
    assert_eq!(body["state"], "Failed");
    assert!(body["errorMessage"].as_str().unwrap().contains("Nothing__c"));
}

#[tokio::test]
async fn jobs_go_wrong_as_scripted() {
    let csv = "Lapwing_Id__c,LastName\n1,x\n2,x\n3,x\n";
    for (fault, state, done) in [
        (JobFault::Fails, "Failed", 0),
        (JobFault::EndsHalf { errored: 1 }, "Failed", 2),
        (JobFault::Lost { applied: true }, "none", 3),
        (JobFault::Lost { applied: false }, "none", 0),
        (JobFault::Stuck, "InProgress", 0),
    ] {
        let org = Org::new().await;
        org.sandbox.script([Fault::on("PATCH", "*/jobs/ingest/*", Action::Job(fault))]);
        let job = org.submit(csv).await;
        org.clock.advance(Duration::from_secs(3_600));
        assert_eq!(org.state_of(&job).await, state, "{fault:?}");
        assert_eq!(org.sandbox.state()["record_counts"]["Contact"], done, "{fault:?}");
    }
}
