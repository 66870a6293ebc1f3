//! What a destination promises, in types.
//!
//! This crate lies below every connector and below the delivery floor, and knows neither HTTP nor DuckDB.
//! A *connector* is the code for a vendor; a *destination* is one account at that vendor, ready to be written to.
//!
//! # The life of a connector
//! 1. [`Connector::validate`] is pure: it sees the configuration and the targets of the syncs, and reports
//!    [`Finding`]s without network, files or secrets. CI runs it on pull requests.
//! 2. [`Connector::connect`] joins a configuration with an environment and gives a [`Destination`].
//! 3. [`Destination::check`] and [`Destination::describe`] read; [`Destination::prepare`] looks up field ids and
//!    creates what is missing; the result, a [`Prepared`] target, travels with every [`Batch`].
//! 4. [`Destination::write`] sends one batch and answers with one [`Outcome`] per record.
//!    [`Destination::follow`] asks once how a job stands.
//! 5. [`Destination::locate`] and [`Destination::read`] look at what is there, where [`Capabilities`] name a [`Reading`].
//!
//! # Who does what
//! A connector says what happened; the delivery floor decides what to do. A connector never waits, never retries and
//! never holds back a request: pace, retries and token refreshes belong to `lapwing-http`, the time between two
//! looks at a job to the delivery floor.
//!
//! # Row values
//! [`Value`], [`Record`] and [`Rejection`] hold customers' data. Their `Debug` forms show shapes and lengths, never
//! contents, so that a stray log line gives nothing away.

mod agreement;
mod batch;
mod capabilities;
mod clock;
mod connector;
mod definitions;
mod destination;
mod error;
mod finding;
mod from_json;
mod outcome;
mod rate_scope;
mod simulated;
mod target;
mod value;

pub use agreement::agree;
pub use batch::{Batch, ChangeKind, Record};
pub use capabilities::{
    AtScale, BatchGrouping, Capabilities, Clearing, KeyMatching, Operation, OutcomeDetail, Polling, Quota, Reading,
};
pub use clock::Clock;
pub use connector::Connector;
pub use definitions::{Creation, FieldDefinitions};
pub use destination::{DailyCalls, Destination, Health};
pub use error::{DestinationError, ErrorKind, Remedy, WriteError};
pub use finding::{Finding, Severity};
pub use outcome::{JobRef, Outcome, Receipt, Rejection};
pub use rate_scope::RateScope;
pub use simulated::SimulatedClock;
pub use target::{
    FieldBinding, FieldSpec, NullPolicy, ObjectDescription, OnLeave, Prepared, RemoteField, SyncMode, Target,
    WritePolicy,
};
pub use value::{Decimal, FieldType, Value};
