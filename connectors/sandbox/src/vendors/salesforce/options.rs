//! What differs between two Salesforce orgs, and what the recordings leave open.

use std::time::Duration;

use super::schema::ObjectDef;

/// How the fake org behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// The apps that may sign in; where there is none, every client with any credentials may, with all rights.
    pub clients: Vec<Client>,
    /// How long a session lives. Documented: two hours by default.
    pub session_lifetime: Duration,
    /// API calls of the org in 24 hours. Recorded: 15,000 (a developer edition).
    pub api_calls_per_day: u32,
    /// Objects beside the standard ones.
    pub objects: Vec<ObjectDef>,
    /// From the end of an upload to the moment its job is applied. How long a real one takes depends on the org's load.
    pub job_delay: Duration,
    /// Jobs take up to so much longer, so that a later one can overtake an earlier one.
    pub job_jitter: Duration,
    /// So many rows are refused with `UNABLE_TO_LOCK_ROW`, then none.
    pub locked_rows: u32,
    /// Whether a duplicate rule alerts where another Contact has the same `Email`. For orgs in memory: what overrides it
    /// is a header, and the journal of a folder keeps none.
    pub duplicate_rule: bool,
    /// Rows of one page of a query. Documented: 2,000.
    pub query_page: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clients: Vec::new(),
            session_lifetime: Duration::from_secs(2 * 3600),
            api_calls_per_day: 15_000,
            objects: Vec::new(),
            job_delay: Duration::from_secs(10),
            job_jitter: Duration::from_secs(5),
            locked_rows: 0,
            duplicate_rule: false,
            query_page: 2_000,
        }
    }
}

/// An app that may sign in, and the user that it acts as.
#[derive(Clone, Default)]
pub struct Client {
    /// Its consumer key.
    pub id: String,
    /// Its consumer secret, for the client credentials flow; also asked for with a refresh token.
    pub secret: Option<String>,
    /// The refresh token that was given to it.
    pub refresh_token: Option<String>,
    /// The user of the JWT bearer flow.
    pub username: Option<String>,
    /// The public half of the key that signs its assertions: an `RSAPublicKey` in DER.
    pub public_key: Option<Vec<u8>>,
    /// Whether its user may create, edit and delete records.
    pub may_write: bool,
}

impl Client {
    /// An app with the client credentials flow and all rights.
    pub fn with_secret(id: &str, secret: &str) -> Self {
        Self { id: id.to_owned(), secret: Some(secret.to_owned()), may_write: true, ..Self::default() }
    }

    /// The same app with a user who may only read.
    pub fn read_only(self) -> Self {
        Self { may_write: false, ..self }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("id", &self.id).field("may_write", &self.may_write).finish_non_exhaustive()
    }
}
