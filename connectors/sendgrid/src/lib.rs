//! SendGrid Marketing Contacts as a destination.
//!
//! # What it does
//! Keeps contacts in step, keyed by e-mail address: creates and updates them (`PUT /v3/marketing/contacts`), adds them
//! to lists, takes them off lists, deletes them. Custom fields are found by name and, where allowed, created.
//!
//! # How SendGrid behaves, and what follows
//! * Writes are jobs: 202 means "queued". Nothing counts as confirmed before the job says so; see `jobs.rs`.
//! * One invalid address refuses the whole request and is named by its index; see `response.rs`.
//! * A bad date, number or phone drops its contact in silence, and only the job tells. So every value is checked
//!   before it is sent, and a record that fails is held back alone; see `check.rs`.
//! * Text is cleared with `""`; a Number or Date cannot be cleared, and keeps its value.
//! * Removals go by contact id, so they look the ids up first; see `removal.rs`.
//!
//! # Sources
//! SendGrid's OpenAPI files (twilio/sendgrid-oai: `tsg_mc_contacts_v3`, `tsg_mc_custom_fields_v3`, `tsg_mc_lists_v3`,
//! `tsg_scopes_v3`) and recorded traffic. What is known from neither is marked *unverified* where it is used.

mod api;
mod check;
mod config;
mod definitions;
mod destination;
mod fields;
mod jobs;
mod leavers;
mod lists;
mod lookup;
mod removal;
mod request;
mod response;
mod validate;

pub use config::{Config, Region};

use lapwing_contract::{Connector, Destination, DestinationError, Finding, RateScope, Target};
use lapwing_http::HttpEnv;

/// The connector for SendGrid Marketing Contacts.
#[derive(Debug, Clone, Copy)]
pub struct SendGrid;

impl Connector for SendGrid {
    const KIND: &'static str = "sendgrid";
    const SECRETS: &'static [&'static str] = &["api_key"];
    const ACCOUNT: &'static [&'static str] = &["base_url", "region"];
    type Config = Config;
    type Env = HttpEnv;

    fn validate(config: &Config, targets: &[Target]) -> Vec<Finding> {
        validate::validate(config, targets)
    }

    fn rate_scope(config: &Config) -> RateScope {
        config.rate_scope()
    }

    fn connect(config: Config, env: HttpEnv) -> Result<Box<dyn Destination>, DestinationError> {
        Ok(Box::new(destination::Contacts::connect(&config, &env)?))
    }
}
