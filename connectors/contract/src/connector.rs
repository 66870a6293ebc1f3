//! The code for one vendor: what it is called, how it is configured, how one connects.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::{Destination, DestinationError, Finding, RateScope, Target};

/// A vendor. `validate` is pure; `connect` is the only way to a [`Destination`].
pub trait Connector {
    /// The name in `connector = "…"`: lower case, a noun.
    const KIND: &'static str;

    /// The keys of `Config` that hold secrets. The sync file may give them only as `${VARIABLE}`.
    const SECRETS: &'static [&'static str];

    /// The keys of `Config` that tell one account from another: host, region, folder, … The ledger is kept by account.
    const ACCOUNT: &'static [&'static str];

    /// Whether its destinations keep records in order: what [`SyncMode::List`](crate::SyncMode) needs.
    const KEEPS_ORDER: bool = false;

    /// The destination's table in the sync file, without the keys that all destinations share
    /// (`connector`, `pace`, `sandbox`). Unknown keys must be errors.
    type Config: DeserializeOwned + JsonSchema + Send + Sync;

    /// What it needs from outside: an HTTP environment, a folder, …
    type Env;

    /// Looks at the configuration and the targets of all syncs that write to it.
    ///
    /// * **Promise**: no network, no files, no clock, no secrets; the same input gives the same findings.
    /// * **Caller's duties**: none; secrets may still be unresolved `${VARIABLE}` texts.
    /// * **Errors**: none; everything is a finding, with its place.
    fn validate(config: &Self::Config, targets: &[Target]) -> Vec<Finding>;

    /// Whose requests the vendor counts together with those of this configuration.
    ///
    /// * **Promise**: pure; two configurations whose requests are known to count together have the same scope, however
    ///   else they differ.
    /// * **Caller's duties**: as for `connect`.
    /// * **Errors**: none; a configuration that `connect` refuses has any scope.
    fn rate_scope(config: &Self::Config) -> RateScope;

    /// Joins configuration and environment.
    ///
    /// * **Promise**: nothing is sent yet.
    /// * **Caller's duties**: `validate` found no error; secrets are resolved.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind) where the two do not fit together.
    fn connect(config: Self::Config, env: Self::Env) -> Result<Box<dyn Destination>, DestinationError>;
}
