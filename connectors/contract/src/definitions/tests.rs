//! An account in memory: what is created, what is only looked at, and what a refusal means.

use std::sync::{Mutex, PoisonError};

use futures::executor::block_on;

use super::*;
use crate::{ErrorKind, FieldType};

/// Its fields by name. A field called `closed` cannot be bound, one called `refused` cannot be made, and `taken` is made
/// by somebody else at the moment it is asked for.
#[derive(Default)]
struct Account {
    names: Mutex<Vec<String>>,
    forbids: bool,
    taken: Option<&'static str>,
}

impl Account {
    fn with(names: &[&str]) -> Self {
        Self { names: Mutex::new(names.iter().map(|name| (*name).to_owned()).collect()), ..Self::default() }
    }

    fn names(&self) -> Vec<String> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, name: &str) {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).push(name.to_owned());
    }
}

fn refusal(message: &str) -> DestinationError {
    DestinationError::new(ErrorKind::Configuration, "preparing", message)
}

fn binding(name: &str, created: bool) -> FieldBinding {
    FieldBinding { created, ..FieldBinding::new(name, "") }
}

#[async_trait]
impl FieldDefinitions for Account {
    type All = Vec<String>;

    async fn read(&self, _target: &Target) -> Result<Vec<String>, DestinationError> {
        Ok(self.names())
    }

    fn find(&self, spec: &FieldSpec, all: &Vec<String>) -> Result<Option<FieldBinding>, DestinationError> {
        if spec.name == "closed" {
            return Err(refusal("closed"));
        }
        Ok(all.contains(&spec.name).then(|| binding(&spec.name, false)))
    }

    fn allow(&self, missing: &[&FieldSpec], _all: &Vec<String>) -> Result<(), DestinationError> {
        let names: Vec<&str> = missing.iter().map(|spec| spec.name.as_str()).collect();
        if self.forbids { Err(refusal(&names.join(", "))) } else { Ok(()) }
    }

    async fn create(&self, spec: &FieldSpec) -> Result<Creation, DestinationError> {
        if spec.name == "refused" {
            return Ok(Creation::Refused(refusal("refused")));
        }
        self.add(&spec.name);
        if self.taken == Some(spec.name.as_str()) {
            return Ok(Creation::Refused(refusal("taken")));
        }
        Ok(Creation::Made(binding(&spec.name, true)))
    }
}

fn spec(name: &str) -> FieldSpec {
    FieldSpec::new(name, FieldType::Text)
}

fn target(names: &[&str]) -> Target {
    Target::new("sync", "contacts", spec("email"), names.iter().map(|name| spec(name)).collect())
}

#[test]
fn what_is_missing_is_created_in_order_and_once() {
    let account = Account::with(&["city"]);
    let target = target(&["rank", "city", "segment"]);
    let bound = block_on(account.bind(&target)).unwrap();
    assert_eq!(bound, [binding("rank", true), binding("city", false), binding("segment", true)]);
    let again = block_on(account.bind(&target)).unwrap();
    assert!(again.iter().all(|binding| !binding.created));
    assert_eq!(account.names(), ["city", "rank", "segment"]);
}

#[test]
fn a_target_that_cannot_work_creates_nothing() {
    let account = Account::with(&[]);
    assert!(block_on(account.bind(&target(&["rank", "closed"]))).is_err());
    let strict = Account { forbids: true, ..Account::with(&["city"]) };
    let error = block_on(strict.bind(&target(&["rank", "city", "segment"]))).unwrap_err();
    assert_eq!(error.message, "rank, segment", "those that are missing, and no others");
    assert!(account.names().is_empty() && strict.names() == ["city"]);
}

#[test]
fn a_look_creates_nothing_and_is_refused_as_binding_is() {
    let account = Account::with(&["city"]);
    let located = block_on(account.locate(&target(&["rank", "city"]))).unwrap();
    assert!(located[0].is_missing() && !located[1].is_missing());
    assert_eq!(account.names(), ["city"]);
    let strict = Account { forbids: true, ..Account::with(&[]) };
    assert!(block_on(strict.locate(&target(&["rank"]))).is_err());
    assert!(block_on(strict.locate(&target(&[]))).unwrap().is_empty(), "where nothing is missing, nobody is asked");
}

#[test]
fn a_field_that_somebody_made_meanwhile_is_taken_and_any_other_refusal_is_told() {
    let account = Account { taken: Some("rank"), ..Account::with(&[]) };
    assert_eq!(block_on(account.bind(&target(&["rank"]))).unwrap(), [binding("rank", true)]);
    let error = block_on(account.bind(&target(&["refused"]))).unwrap_err();
    assert_eq!(error.message, "refused");
}
