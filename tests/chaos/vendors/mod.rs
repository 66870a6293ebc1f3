//! The accounts that the chaos is let loose on: how each is opened, what is written there, and what it holds in the end.

mod google_sheets;
mod salesforce;
mod sendgrid;
mod zendesk;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lapwing_contract::{Clock, Destination, OnLeave, SyncMode, Value};
use lapwing_http::HttpEnv;
use lapwing_sandbox::{LoggedRequest, Sandbox, Vendor as Fake};
use serde_json::Value as Json;

/// A field of the sync: the destination's name, and the column of the input that it is filled from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mapped {
    pub(crate) field: &'static str,
    pub(crate) column: &'static str,
}

const fn mapped(field: &'static str, column: &'static str) -> Mapped {
    Mapped { field, column }
}

/// A record as the vendor has it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stored {
    pub(crate) fields: BTreeMap<String, Json>,
    pub(crate) lists: usize,
}

/// A quota as the vendor documents it.
pub(crate) struct Window {
    pub(crate) name: &'static str,
    pub(crate) requests: usize,
    pub(crate) per: Duration,
    pub(crate) counts: fn(&LoggedRequest) -> bool,
}

/// What a seed decides about an account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Temper {
    pub(crate) seed: u64,
    /// Jobs take up to so much longer.
    pub(crate) job_jitter: Duration,
    /// Records that are locked at first, where the vendor locks records.
    pub(crate) locked_rows: u32,
    /// Calls a day, where the vendor counts them so; none for its usual number.
    pub(crate) calls_a_day: Option<u32>,
    /// Variants of the vendor's answers, where several are known.
    pub(crate) variant: u64,
}

/// A connector with the fake of its vendor.
pub(crate) trait Account: Sync {
    fn name(&self) -> &'static str;

    fn fake(&self, temper: &Temper) -> Box<dyn Fake>;

    /// A process connects.
    fn connect(&self, env: HttpEnv) -> Box<dyn Destination>;

    fn object(&self) -> &'static str;

    fn key_field(&self) -> &'static str;

    fn fields(&self) -> &'static [Mapped];

    fn lists(&self) -> &'static [&'static str] {
        &[]
    }

    fn mode(&self) -> SyncMode {
        SyncMode::Upsert
    }

    fn leaves(&self) -> &'static [OnLeave] {
        &[OnLeave::Keep, OnLeave::Clear, OnLeave::Delete]
    }

    fn key(&self, number: u64) -> String;

    /// A key that the vendor or the connector refuses, each for itself.
    fn bad_key(&self, number: u64) -> String;

    /// All records of the account, one entry each, by their keys.
    fn stored(&self, state: &Json) -> Vec<(String, Stored)>;

    /// Whether the vendor holds the value that was sent.
    fn holds(&self, field: &str, sent: &Value, stored: Option<&Json>) -> bool {
        let _ = field;
        lapwing_sandbox::conformance::holds(sent, stored)
    }

    /// The quotas that the vendor documents.
    fn windows(&self) -> &'static [Window] {
        &[]
    }

    /// Method and path of the requests that start jobs.
    fn job_routes(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Whether a request asks for a token, which counts against no quota.
    fn is_for_a_token(&self, request: &LoggedRequest) -> bool {
        request.path.ends_with("/token") || request.path.ends_with("/tokens")
    }
}

impl std::fmt::Debug for dyn Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Every account, each with a way of writing of its own.
pub(crate) const ACCOUNTS: &[&dyn Account] = &[
    &sendgrid::SENDGRID,
    &salesforce::COLLECTIONS,
    &salesforce::BULK,
    &zendesk::ZENDESK,
    &google_sheets::UPSERT,
    &google_sheets::LIST,
];

pub(crate) fn open(account: &dyn Account, temper: &Temper, latency: Duration, clock: Arc<dyn Clock>) -> Sandbox {
    let settings = lapwing_sandbox::Settings { latency, log_capacity: 1_000_000 };
    Sandbox::in_memory(account.fake(temper), settings, clock)
}

/// The entries of an object as fields.
fn fields(object: &Json) -> BTreeMap<String, Json> {
    object.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
}
