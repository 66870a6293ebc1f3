//! The example of docs/connectors/salesforce.md: its table is right, and its sync arrives at the fake org as it stands.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::sync::Arc;
use std::time::Duration;

use lapwing_contract::{
    Batch, ChangeKind, Connector, FieldSpec, FieldType, Operation, Outcome, Record, SimulatedClock, Target, Value,
    WritePolicy,
};
use lapwing_http::HttpEnv;
use lapwing_salesforce::{Config, Salesforce};
use lapwing_sandbox::vendors::by_kind;
use lapwing_sandbox::{InProcess, Sandbox, Settings};

const PAGE: &str = include_str!("../../../docs/connectors/salesforce.md");

fn example() -> toml::Table {
    let (_, rest) = PAGE.split_once("```toml\n").unwrap();
    rest.split_once("```").unwrap().0.parse().unwrap()
}

fn config() -> Config {
    let mut table = example()["destinations"]["crm"].as_table().unwrap().clone();
    // The keys that all destinations share.
    assert_eq!(table.remove("connector").unwrap().as_str(), Some(Salesforce::KIND));
    assert_eq!(table.remove("sandbox").unwrap().as_bool(), Some(true));
    table.try_into().unwrap()
}

/// The sync's target, with the types that its expressions have in the sample.
fn target() -> Target {
    let sync = example()["syncs"][0].as_table().unwrap().clone();
    let spec = |name: &str, field_type, write| FieldSpec { write, ..FieldSpec::new(name, field_type) };
    let fields = sync["fields"].as_table().unwrap().iter().map(|(name, mapping)| {
        let from = mapping.as_str().or_else(|| mapping["from"].as_str()).unwrap();
        let field_type = match from {
            _ if from.starts_with("round(") => FieldType::Float,
            "expected_next_order_on" => FieldType::Date,
            "priority_rank" => FieldType::Int,
            _ => FieldType::Text,
        };
        let on_create = mapping.get("write").is_some_and(|write| write.as_str() == Some("on_create"));
        spec(name, field_type, if on_create { WritePolicy::OnCreate } else { WritePolicy::Always })
    });
    let key = sync["key"].as_table().unwrap().keys().next().unwrap();
    Target::new(
        sync["name"].as_str().unwrap(),
        sync["object"].as_str().unwrap(),
        spec(key, FieldType::Text, WritePolicy::Always),
        fields.collect(),
    )
}

fn sample(field: &FieldSpec) -> Value {
    match field.field_type {
        FieldType::Float if field.name == "Promo_Score__c" => Value::Float(98.76),
        FieldType::Float => Value::Float(-12.0),
        FieldType::Int => Value::Int(1),
        FieldType::Date => Value::Date("2018-01-31".parse().unwrap()),
        _ => Value::Text("very_late".into()),
    }
}

#[test]
fn the_table_of_the_example_has_no_findings() {
    assert_eq!(Salesforce::validate(&config(), &[target()]), []);
}

#[tokio::test]
async fn the_sync_of_the_example_arrives() {
    let clock = SimulatedClock::starting_at("2018-01-01T12:00:00Z".parse().unwrap());
    let fake = by_kind(Salesforce::KIND, 1).unwrap();
    let sandbox = Sandbox::in_memory(fake, Settings::default(), Arc::new(clock.clone()));
    let env = HttpEnv::new(Arc::new(InProcess::new(sandbox.clone())), Arc::new(clock.clone()));
    let destination = Salesforce::connect(config(), env).unwrap();
    let target = Arc::new(destination.prepare(&target()).await.unwrap());
    let fields: Vec<_> = target.target.fields.iter().map(sample).enumerate().collect();
    for count in [308, 3_000] {
        let record = |seq: u64| Record {
            seq,
            kind: ChangeKind::Added,
            key: Value::Text(seq.to_string()),
            fields: fields.clone(),
        };
        let records: Vec<Record> = (1..=count).map(record).collect();
        let most = destination.capabilities("Contact").at(count).max_records(Operation::Upsert);
        for records in records.chunks(most) {
            let (target, records) = (Arc::clone(&target), records.to_vec());
            let batch = Batch { number: 1, operation: Operation::Upsert, target, records };
            let mut receipt = destination.write(&batch).await.unwrap();
            while let Some(job) = receipt.job().cloned() {
                clock.advance(Duration::from_secs(10));
                receipt = destination.follow(&job, &batch).await.unwrap();
            }
            assert!(receipt.outcomes.iter().all(Outcome::is_confirmed), "{:?}", receipt.outcomes);
        }
    }
    assert_eq!(sandbox.summary(), "3000 Contact");
}
