//! Salesforce objects as a destination: Contact, Lead, Account and custom objects.
//!
//! # What it does
//! Creates and updates records by an external id, and deletes them. It writes fields that exist; it creates none, because
//! a new field is invisible until an admin has granted access to it.
//!
//! # How Salesforce behaves, and what follows
//! * Up to 200 records go in one request (sObject Collections), which answers row by row; see `request.rs` and
//!   `response.rs`. From `bulk_from` changes on they go as a file (Bulk API 2.0), which is a job; see `bulk.rs`.
//! * The rows of a job's results are in no order, and a job that says `JobComplete` may have refused every row. So rows
//!   are matched by the external id, and nothing counts as confirmed that is not in the file of successes; see
//!   `results.rs`.
//! * In a file an empty cell leaves a field alone and `#N/A` clears it; a text `#N/A` cannot be sent that way.
//! * Numbers are rounded to the scale of their field in silence, and are doubles. So every value is checked against
//!   the field before it is sent; see `check.rs`.
//! * API calls are counted over 24 hours for the whole org. Every answer tells how many are used, and the connector
//!   stops at the share that the sync file grants; see `budget.rs`.
//! * Calls go to the host that the token endpoint names; see `auth.rs`.
//!
//! # Sources
//! Salesforce's developer documentation (sObject Collections, Bulk API 2.0, OAuth flows, `Sforce-Limit-Info`) and
//! recorded traffic in the public test suites of other connectors. What is known from neither is marked *unverified*.

mod api;
mod auth;
mod budget;
mod bulk;
mod check;
mod config;
mod definitions;
mod destination;
mod encode;
mod fields;
mod file;
mod grant;
mod leavers;
mod lookup;
mod org;
mod refusals;
mod removal;
mod request;
mod response;
mod results;
mod validate;

pub use config::{Auth, Config};

use lapwing_contract::{Connector, Destination, DestinationError, Finding, RateScope, Target};
use lapwing_http::HttpEnv;

/// The connector for Salesforce.
#[derive(Debug, Clone, Copy)]
pub struct Salesforce;

impl Connector for Salesforce {
    const KIND: &'static str = "salesforce";
    const SECRETS: &'static [&'static str] = &["client_secret", "private_key", "refresh_token"];
    const ACCOUNT: &'static [&'static str] = &["base_url", "login_url"];
    type Config = Config;
    type Env = HttpEnv;

    fn validate(config: &Config, targets: &[Target]) -> Vec<Finding> {
        validate::validate(config, targets)
    }

    fn rate_scope(config: &Config) -> RateScope {
        config.rate_scope()
    }

    fn connect(config: Config, env: HttpEnv) -> Result<Box<dyn Destination>, DestinationError> {
        Ok(Box::new(destination::Objects::connect(&config, &env)?))
    }
}
