//! OAuth: tokens that expire, and refresh tokens that change with every use.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lapwing_contract::{Connector, Destination, DestinationError, ErrorKind, SimulatedClock};
use lapwing_http::{FolderVault, MemoryVault, Vault};
use lapwing_sandbox::vendors::zendesk::{OauthClient, Options, Zendesk as Fake};
use lapwing_sandbox::{Action, Fault, Sandbox, Settings};
use lapwing_zendesk::Zendesk;
use secrecy::SecretString;
use serde_json::{Value as Json, json};

use crate::{config, env, start};

const TOKENS: &str = "/oauth/tokens";

struct Account {
    sandbox: Sandbox,
    clock: SimulatedClock,
}

impl Account {
    fn new() -> Self {
        let client = OauthClient { id: "lapwing".into(), secret: "s".into(), refresh_token: Some("seed".into()) };
        let clock = SimulatedClock::starting_at(start());
        let fake = Fake::new(1, Options { clients: vec![client], ..Options::default() });
        let sandbox = Sandbox::in_memory(Box::new(fake), Settings::default(), Arc::new(clock.clone()));
        Self { sandbox, clock }
    }

    fn connect(&self, more: &Json, vault: Arc<dyn Vault>) -> Box<dyn Destination> {
        Zendesk::connect(config(more), env(&self.sandbox, &self.clock).with_vault(vault)).unwrap()
    }

    fn asked(&self) -> usize {
        self.sandbox.requests(0).iter().filter(|sent| sent.path == TOKENS).count()
    }

    /// The clock moves on beyond the life of an access token.
    fn wait(&self) {
        self.clock.advance(Duration::from_secs(1800));
    }
}

fn refreshing() -> Json {
    json!({ "refresh_token": "seed" })
}

#[tokio::test]
async fn a_client_for_itself_asks_again_before_its_token_expires() {
    let account = Account::new();
    let destination = account.connect(&json!({}), Arc::new(MemoryVault::default()));
    for expected in [1, 1, 2] {
        destination.check().await.unwrap();
        assert_eq!(account.asked(), expected);
        account.clock.advance(Duration::from_secs(900));
    }
}

#[tokio::test]
async fn a_refresh_token_changes_with_every_use_and_outlives_the_process() {
    let account = Account::new();
    let folder = std::env::temp_dir().join(format!("lapwing-zendesk-{}", std::process::id()));
    let vault = || Arc::new(FolderVault::new(&folder));
    for expected in 1..=4 {
        // Each process starts with the token of the sync file, which works only once.
        let destination = account.connect(&refreshing(), vault());
        destination.check().await.unwrap();
        assert_eq!(account.asked(), expected);
        // A token that is still good is taken from the vault.
        account.connect(&refreshing(), vault()).check().await.unwrap();
        assert_eq!(account.asked(), expected);
        account.wait();
        // The same process goes on, too.
        if expected == 4 {
            destination.check().await.unwrap();
            assert_eq!(account.asked(), 5);
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn many_calls_at_once_use_the_refresh_token_once() {
    let account = Account::new();
    let destination = account.connect(&refreshing(), Arc::new(MemoryVault::default()));
    let checks = futures::future::join_all((0..20).map(|_| destination.check())).await;
    assert!(checks.iter().all(Result::is_ok));
    assert_eq!(account.asked(), 1);
}

#[tokio::test]
async fn where_another_process_was_faster_its_tokens_are_used() {
    let account = Account::new();
    let vault: Arc<dyn Vault> = Arc::new(MemoryVault::default());
    let (one, two) =
        (account.connect(&refreshing(), Arc::clone(&vault)), account.connect(&refreshing(), Arc::clone(&vault)));
    one.check().await.unwrap();
    two.check().await.unwrap();
    account.wait();
    one.check().await.unwrap();
    // The second still holds an access token that is no longer known, and the first's refresh token was spent.
    two.check().await.unwrap();
    assert_eq!(account.asked(), 2);
}

#[tokio::test]
async fn a_new_token_in_the_sync_file_wins_over_the_stored_one() {
    let account = Account::new();
    let vault: Arc<dyn Vault> = Arc::new(MemoryVault::default());
    account.connect(&refreshing(), Arc::clone(&vault)).check().await.unwrap();
    let error = account.connect(&json!({ "refresh_token": "other" }), Arc::clone(&vault)).check().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthenticated, "the other token was tried");
    assert!(error.to_string().contains("allow the client once more"), "{error}");
    assert!(!format!("{error:?}").contains("other"));
}

#[tokio::test]
async fn an_answer_that_was_lost_ends_as_a_clear_error_and_not_as_a_loop() {
    let account = Account::new();
    account.sandbox.script([Fault::on("POST", TOKENS, Action::cut(true))]);
    let destination = account.connect(&refreshing(), Arc::new(MemoryVault::default()));
    let error = destination.check().await.unwrap_err();
    assert_eq!((error.kind, account.asked()), (ErrorKind::Unauthenticated, 2));
    let survives = Account::new();
    survives.sandbox.script([Fault::on("POST", TOKENS, Action::status(503))]);
    survives.connect(&refreshing(), Arc::new(MemoryVault::default())).check().await.unwrap();
}

/// A disk that is full for a while.
#[derive(Debug, Default)]
struct FullVault {
    inner: MemoryVault,
    is_full: AtomicBool,
}

impl Vault for FullVault {
    fn load(&self, name: &str) -> Result<Option<SecretString>, DestinationError> {
        self.inner.load(name)
    }

    fn store(&self, name: &str, secret: &SecretString) -> Result<(), DestinationError> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(DestinationError::new(ErrorKind::Local, "write the credentials", "no space"));
        }
        self.inner.store(name, secret)
    }
}

#[tokio::test]
async fn a_pair_that_cannot_be_stored_is_not_used_and_not_lost() {
    let account = Account::new();
    let vault = Arc::new(FullVault::default());
    vault.is_full.store(true, Ordering::Relaxed);
    let destination = account.connect(&refreshing(), Arc::clone(&vault) as Arc<dyn Vault>);
    assert_eq!(destination.check().await.unwrap_err().kind, ErrorKind::Local);
    vault.is_full.store(false, Ordering::Relaxed);
    destination.check().await.unwrap();
    assert_eq!(account.asked(), 1);
    account.connect(&refreshing(), vault).check().await.unwrap();
    assert_eq!(account.asked(), 1, "the next process finds it");
}

#[tokio::test]
async fn an_api_token_still_works_and_a_wrong_one_is_told() {
    let options = Options { api_tokens: vec![("ada@example.com".into(), "right".into())], ..Options::default() };
    let clock = SimulatedClock::starting_at(start());
    let sandbox = Sandbox::in_memory(Box::new(Fake::new(1, options)), Settings::default(), Arc::new(clock.clone()));
    for (token, works) in [("right", true), ("wrong", false)] {
        let table = json!({ "subdomain": "example", "email": "ada@example.com", "api_token": token });
        let destination = Zendesk::connect(serde_json::from_value(table).unwrap(), env(&sandbox, &clock)).unwrap();
        assert_eq!(destination.check().await.is_ok(), works);
    }
}
