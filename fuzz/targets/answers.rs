//! What vendors answer: any status, body and header, to any question. No panic; an outcome for each record or an error;
//! nothing is confirmed that nobody confirmed; and no word of the vendor is in an error, because vendors repeat values.

use std::fmt::{Debug, Display};
use std::time::Duration;

use lapwing_contract::{JobRef, Operation, Outcome, Receipt, Value};

use super::conversation::{Conversation, Question};
use super::explore::Target;
use super::vendors::{batch, connect, prepared, target};

/// A value that answers of the corpus repeat.
const HUSH: &str = "hush@example.com";

/// The machine's time for one question: waits are simulated.
const BOUND: Duration = Duration::from_secs(60);

/// How a conversation ends: an error, where the destination did not understand what it was answered.
fn exercise(conversation: &Conversation) -> Result<String, String> {
    let first = ask(conversation);
    assert_eq!(first, ask(conversation), "the same conversation ends in two ways");
    first
}

/// The end of a conversation, in words.
fn ask(conversation: &Conversation) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let asked = runtime.block_on(async { tokio::time::timeout(BOUND, answered(conversation)).await });
    asked.unwrap_or_else(|_| panic!("{:?} does not end", conversation.question))
}

async fn answered(conversation: &Conversation) -> Result<String, String> {
    let Conversation { kind, records, .. } = *conversation;
    let destination = connect(kind, &conversation.replies, conversation.for_ever);
    let sent = |operation| batch(kind, operation, &values(conversation));
    let keys = || -> Vec<Value> { sent(Operation::Upsert).records.into_iter().map(|record| record.key).collect() };
    match conversation.question {
        Question::Check => told(destination.check().await),
        Question::Describe => told(destination.describe(&target(kind).object).await),
        Question::Prepare => told(destination.prepare(&target(kind)).await),
        Question::Locate => told(destination.locate(&target(kind)).await),
        Question::Arrange => told(destination.arrange(&prepared(kind), &keys()).await),
        Question::DailyCalls => told(destination.daily_calls().await),
        Question::Write => judged(conversation, destination.write(&sent(Operation::Upsert)).await),
        Question::Delete => judged(conversation, destination.write(&sent(Operation::Delete)).await),
        Question::Follow => {
            let job = JobRef(conversation.word.as_str().into());
            judged(conversation, destination.follow(&job, &sent(Operation::Upsert)).await)
        }
        Question::Read => {
            let rows = destination.read(&prepared(kind), &keys()).await;
            for row in rows.as_ref().map(Vec::as_slice).unwrap_or_default().iter().flatten() {
                for (field, value) in row.iter().enumerate().take(target(kind).fields.len()) {
                    let _ = destination.agrees(&prepared(kind), field, value, value);
                }
            }
            assert!(rows.as_ref().map_or(records, Vec::len) == records, "{kind}");
            told(rows)
        }
    }
}

/// One outcome a record, and no value is there without an answer that could have said so.
fn judged<E: Debug + Display>(conversation: &Conversation, receipt: Result<Receipt, E>) -> Result<String, String> {
    if let Ok(receipt) = &receipt {
        assert_eq!(receipt.outcomes.len(), conversation.records, "{}", conversation.kind);
        // What is to be deleted, and is not there, is deleted.
        if conversation.question != Question::Delete && !conversation.has_success {
            assert!(!receipt.outcomes.iter().any(Outcome::is_confirmed), "{receipt:?}");
        }
        assert!(!format!("{receipt:?}").contains(HUSH), "{receipt:?}");
    }
    told(receipt)
}

fn told<T: Debug, E: Debug + Display>(end: Result<T, E>) -> Result<String, String> {
    end.map(|found| format!("{found:?}")).map_err(|error| {
        let told = format!("{error:?} {error}");
        assert!(!told.contains(HUSH), "{told}");
        told
    })
}

/// What the records hold: plain values, the word where it is none for a job, and then what is hard to write.
fn values(conversation: &Conversation) -> Vec<(String, i64, f64)> {
    let word = if conversation.question == Question::Follow { "" } else { conversation.word.as_str() };
    let all = [
        (word.to_owned(), 1, 0.5),
        ("Grace".to_owned(), 19_000, -0.25),
        (String::new(), -1, 1e6),
        ("\u{0}".to_owned(), i64::MIN, f64::NAN),
    ];
    all.into_iter().take(conversation.records).collect()
}

#[test]
fn any() {
    Target { name: "answers::any", cases: 1500, also: &[] }.over_bytes(|bytes| {
        let _ = exercise(&Conversation::read(&String::from_utf8_lossy(bytes)));
    });
}

#[cfg(not(fuzzing))]
#[test]
fn every_connector_understands_some_of_the_corpus() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/answers/any");
    let texts = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
    let all: Vec<Conversation> = texts.map(|text| Conversation::read(&String::from_utf8_lossy(&text))).collect();
    for kind in super::vendors::KINDS {
        for question in [Question::Write, Question::Follow, Question::Read] {
            let of_it = all.iter().filter(|said| said.kind == kind && said.question == question);
            let ends: Vec<_> = of_it.map(exercise).collect();
            // Where there are no jobs, there is nothing to follow.
            let none_to_follow = question == Question::Follow && kind == "google_sheets";
            assert!(none_to_follow || ends.iter().any(Result::is_ok), "{kind} {question:?}: {ends:#?}");
        }
    }
}
