//! Zendesk Support users as a destination.
//!
//! # What it does
//! Keeps users in step, keyed by external id or e-mail address: creates and updates them
//! (`POST /api/v2/users/create_or_update_many`), or only updates them (`PUT /api/v2/users/update_many`), and deletes them.
//! User fields are found by key and, where allowed, created.
//!
//! # How Zendesk behaves, and what follows
//! * Writes are jobs of 100 users; nothing counts as confirmed before the job says so, user by user; see `jobs.rs`. A job
//!   that is no longer known is told by looking at its users; see `lookup.rs`.
//! * `tags` replaces all tags, and an address beside the first one becomes a second identity. So records that carry
//!   either are written after a look at the user; see `look.rs`.
//! * Agents and admins are users too. A record that would touch one is held back; see `team.rs`. A role is never sent.
//! * Refresh tokens change with every use, and live in the environment's vault; see `tokens.rs`.
//!
//! # Sources
//! Zendesk's OpenAPI file ("Support API 2.0.0"), its pages on rate limits and OAuth, and recorded traffic. What is known
//! from none of them is marked *unverified* where it is used.

mod addresses;
mod api;
mod check;
mod config;
mod definitions;
mod destination;
mod fields;
mod jobs;
mod look;
mod lookup;
mod removal;
mod request;
mod response;
mod tags;
mod team;
mod tokens;
mod validate;

pub use config::{Config, Plan};

use lapwing_contract::{Connector, Destination, DestinationError, Finding, RateScope, Target};
use lapwing_http::HttpEnv;

/// The connector for Zendesk Support.
#[derive(Debug, Clone, Copy)]
pub struct Zendesk;

impl Connector for Zendesk {
    const KIND: &'static str = "zendesk";
    const SECRETS: &'static [&'static str] = &["client_secret", "refresh_token", "api_token"];
    const ACCOUNT: &'static [&'static str] = &["base_url", "subdomain"];
    type Config = Config;
    type Env = HttpEnv;

    fn validate(config: &Config, targets: &[Target]) -> Vec<Finding> {
        validate::validate(config, targets)
    }

    fn rate_scope(config: &Config) -> RateScope {
        config.rate_scope()
    }

    fn connect(config: Config, env: HttpEnv) -> Result<Box<dyn Destination>, DestinationError> {
        Ok(Box::new(destination::Users::connect(&config, &env)?))
    }
}
