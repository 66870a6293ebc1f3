//! The connectors that exist: the only file that names them.

use std::path::PathBuf;
use std::sync::Arc;

use lapwing_contract::{
    Clock, Connector, Destination, DestinationError, ErrorKind, Finding, RateScope, SimulatedClock, SyncMode, Target,
};
use lapwing_file::File;
use lapwing_google_sheets::GoogleSheets;
use lapwing_http::{FolderVault, HttpEnv, Limits, NetworkSettings, PaceSettings, RetrySettings, SystemClock, Traffic};
use lapwing_salesforce::Salesforce;
use lapwing_sandbox::{Fault, InProcess, Sandbox, Settings, vendors};
use lapwing_sendgrid::SendGrid;
use lapwing_zendesk::Zendesk;

use crate::config::diagnostics::Diagnostics;
use crate::config::sync_file::{Catalog, ConfigTable, Value};

/// Every connector, in the order of the documentation.
const CONNECTORS: &[Entry] = &[
    entry::<SendGrid>(over_http::<SendGrid>),
    entry::<Salesforce>(over_http::<Salesforce>),
    entry::<GoogleSheets>(over_http::<GoogleSheets>),
    entry::<Zendesk>(over_http::<Zendesk>),
    entry::<File>(to_folder),
];

/// The vendors that have a fake, by the names of their connectors.
pub const FAKES: [&str; 4] = vendors::KINDS;

/// A fault script for a fake in process, in the folder of its state: what `POST /_sandbox/faults` takes where it is
/// served.
const FAULTS_FILE: &str = "faults.json";

/// The attribute packs that a sync file may name.
const PACKS: &[&str] = &["rfm", "cycle", "promo", "priority", "reach", "churn", "activity", "pressure", "recommend"];

/// What a destination's connector needs beside its own table.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The destination's name in the sync file.
    pub name: String,
    /// Whether it talks to the built-in fake.
    pub sandbox: bool,
    /// Most requests a minute, where the sync file says so.
    pub requests_per_minute: Option<u32>,
    /// The runtime setting `retry`.
    pub retry: RetrySettings,
    /// Where fakes keep their state.
    pub state_folder: PathBuf,
    /// Where relative paths of the sync file start.
    pub sync_folder: PathBuf,
    /// What tells the files of this run from those of others.
    pub run_label: String,
    /// The vendors' limits, which destinations of one scope share.
    pub limits: Arc<Limits>,
}

/// A destination, connected. Nothing has been sent yet.
pub struct Connected {
    /// The destination.
    pub destination: Box<dyn Destination>,
    /// Its clock: the system's, or a simulated one where the fake answers in process.
    pub clock: Arc<dyn Clock>,
    /// Whose requests the vendor counts together with its own.
    pub scope: RateScope,
    /// Counts its requests.
    pub traffic: Arc<Traffic>,
    /// The fake, where it talks to one.
    pub sandbox: Option<Sandbox>,
}

/// Why a destination could not be connected.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Its table is wrong.
    #[error("the destination's table is wrong")]
    Table(Diagnostics),
    /// Its connector refused.
    #[error(transparent)]
    Destination(#[from] DestinationError),
}

struct Entry {
    kind: &'static str,
    secrets: &'static [&'static str],
    account: &'static [&'static str],
    keys: fn() -> Vec<String>,
    validate: fn(&ConfigTable, &[Target]) -> Result<Vec<Finding>, Diagnostics>,
    connect: fn(&ConfigTable, &Surroundings) -> Result<Connected, ConnectError>,
}

const fn entry<C: Connector>(connect: fn(&ConfigTable, &Surroundings) -> Result<Connected, ConnectError>) -> Entry {
    Entry {
        kind: C::KIND,
        secrets: C::SECRETS,
        account: C::ACCOUNT,
        keys: keys::<C>,
        validate: validate_table::<C>,
        connect,
    }
}

fn find(kind: &str) -> Option<&'static Entry> {
    CONNECTORS.iter().find(|entry| entry.kind == kind)
}

/// Lets a connector look at its table and at the targets of its syncs, without network and secrets.
///
/// # Errors
/// The mistakes of the table itself: unknown keys, wrong types.
pub fn validate(kind: &str, config: &ConfigTable, targets: &[Target]) -> Result<Vec<Finding>, Diagnostics> {
    find(kind).map_or_else(|| Ok(Vec::new()), |entry| (entry.validate)(config, targets))
}

/// The account that a destination's table means, in one line without secrets: the fake and the vendor are two, and so
/// are two hosts, regions or folders.
pub fn account(kind: &str, config: &ConfigTable, sandbox: bool) -> String {
    if sandbox {
        return format!("{kind} sandbox");
    }
    let mut account = kind.to_owned();
    let keys = find(kind).map_or(&[][..], |entry| entry.account);
    for entry in config.table().entries.iter().filter(|entry| keys.contains(&entry.key.value.as_str())) {
        if let Value::Text(text) = &entry.value.value {
            account.extend([" ", &entry.key.value, "=", text.expose()]);
        }
    }
    account
}

/// Connects a destination.
///
/// # Errors
/// [`ConnectError`].
pub fn connect(kind: &str, config: &ConfigTable, surroundings: &Surroundings) -> Result<Connected, ConnectError> {
    let unknown =
        || DestinationError::new(ErrorKind::Configuration, format!("connect `{kind}`"), "there is no such connector");
    let entry = find(kind).ok_or_else(unknown)?;
    (entry.connect)(config, surroundings)
}

fn validate_table<C: Connector>(config: &ConfigTable, targets: &[Target]) -> Result<Vec<Finding>, Diagnostics> {
    let config: C::Config = config.deserialize()?;
    let mut findings = C::validate(&config, targets);
    let in_order = targets.iter().filter(|target| target.mode == SyncMode::List && !C::KEEPS_ORDER);
    findings.extend(in_order.map(|target| {
        Finding::error("list-mode", format!("`{}` keeps no order, so it has no lists", C::KIND))
            .with_hint("remove `mode`: `order_by` and `limit` choose who is sent")
            .at(["mode"])
            .in_sync(&target.sync)
    }));
    Ok(findings)
}

/// The keys of a connector's table, from its schema.
fn keys<C: Connector>() -> Vec<String> {
    let schema = schemars::schema_for!(C::Config);
    let properties = schema.get("properties").and_then(serde_json::Value::as_object);
    properties.map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
}

fn over_http<C: Connector<Env = HttpEnv>>(
    config: &ConfigTable,
    surroundings: &Surroundings,
) -> Result<Connected, ConnectError> {
    let config: C::Config = config.deserialize().map_err(ConnectError::Table)?;
    // Each fake in process is an account of its own, with a clock of its own.
    let scope =
        if surroundings.sandbox { RateScope::of(["sandbox", &surroundings.name]) } else { C::rate_scope(&config) };
    let (env, sandbox) = if surroundings.sandbox {
        // Nobody has to wait for a fake: its minutes pass at once.
        let clock = Arc::new(SimulatedClock::starting_at(SystemClock::new().now()));
        let sandbox = open_sandbox(C::KIND, surroundings, clock.clone())?;
        (HttpEnv::new(Arc::new(InProcess::new(sandbox.clone())), clock), Some(sandbox))
    } else {
        let credentials = surroundings.state_folder.join("credentials").join(&surroundings.name);
        let env = HttpEnv::online(&NetworkSettings::default())?;
        (env.with_vault(Arc::new(FolderVault::new(credentials))), None)
    };
    let pace =
        PaceSettings { requests_per_minute: surroundings.requests_per_minute.and_then(std::num::NonZeroU32::new) };
    let env = env.with_pace(pace).with_limits(surroundings.limits.of(scope)).with_retry(surroundings.retry);
    let (clock, traffic) = (Arc::clone(&env.clock), Arc::clone(&env.traffic));
    Ok(Connected { destination: C::connect(config, env)?, clock, scope, traffic, sandbox })
}

/// The fake of a vendor in process, with the state that earlier runs left there.
fn open_sandbox(kind: &str, surroundings: &Surroundings, clock: Arc<dyn Clock>) -> Result<Sandbox, DestinationError> {
    let operation = format!("open the sandbox of `{}`", surroundings.name);
    let no_fake = || DestinationError::new(ErrorKind::Configuration, &operation, format!("there is no fake of {kind}"));
    let vendor = vendors::by_kind(kind, 0).ok_or_else(no_fake)?;
    let folder = surroundings.state_folder.join("sandbox").join(&surroundings.name);
    let unusable = |message: &str| DestinationError::new(ErrorKind::Local, &operation, message.to_owned());
    let sandbox = Sandbox::open(&folder, vendor, Settings::default(), clock)
        .map_err(|error| unusable("its state can't be used").with_source(error))?;
    if let Ok(script) = std::fs::read(folder.join(FAULTS_FILE)) {
        let faults: Vec<Fault> = serde_json::from_slice(&script)
            .map_err(|error| unusable(&format!("{FAULTS_FILE} is no list of faults")).with_source(error))?;
        sandbox.script(faults);
    }
    Ok(sandbox)
}

fn to_folder(config: &ConfigTable, surroundings: &Surroundings) -> Result<Connected, ConnectError> {
    let config = config.deserialize().map_err(ConnectError::Table)?;
    let scope = File::rate_scope(&config);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let env = lapwing_file::Env {
        base: surroundings.sync_folder.clone(),
        clock: Arc::clone(&clock),
        run_label: surroundings.run_label.clone(),
    };
    Ok(Connected { destination: File::connect(config, env)?, clock, scope, traffic: Arc::default(), sandbox: None })
}

/// What the sync file may name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Registry;

impl Catalog for Registry {
    fn connectors(&self) -> Vec<&str> {
        CONNECTORS.iter().map(|entry| entry.kind).collect()
    }

    fn secrets(&self, connector: &str) -> Vec<&str> {
        find(connector).map(|entry| entry.secrets.to_vec()).unwrap_or_default()
    }

    fn account(&self, connector: &str) -> Vec<&str> {
        find(connector).map(|entry| entry.account.to_vec()).unwrap_or_default()
    }

    fn keys(&self, connector: &str) -> Option<Vec<String>> {
        find(connector).map(|entry| (entry.keys)())
    }

    fn packs(&self) -> Vec<&str> {
        PACKS.to_vec()
    }
}
