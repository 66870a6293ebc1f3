//! The client's promises, told on simulated time: no sleeps, no network.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

mod clock;
mod pace;
mod retry;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lapwing_contract::{Clock, SimulatedClock};
use lapwing_http::scripted::ScriptedTransport;
use lapwing_http::{BearerKey, Client, Credentials, HttpEnv, Profile, QuotaRule, RateHeaders};
use secrecy::SecretString;
use url::Url;

/// A client at a scripted vendor.
struct Stage {
    client: Client,
    wire: ScriptedTransport,
    clock: SimulatedClock,
}

fn start() -> DateTime<Utc> {
    "2026-05-04T08:00:00Z".parse().unwrap()
}

fn profile(credentials: Arc<dyn Credentials>, quotas: Vec<QuotaRule>) -> Profile {
    let base = Url::parse("https://api.example").unwrap();
    Profile { base, credentials, quotas, rate_headers: RateHeaders::X_RATELIMIT }
}

fn key() -> Arc<dyn Credentials> {
    Arc::new(BearerKey::new(&SecretString::from("SG.secret")).unwrap())
}

impl Stage {
    fn with(wire: ScriptedTransport, change: impl FnOnce(HttpEnv) -> HttpEnv) -> Self {
        let clock = SimulatedClock::starting_at(start());
        let env = change(HttpEnv::new(Arc::new(wire.clone()), Arc::new(clock.clone())));
        Self { client: Client::new(&env, profile(key(), Vec::new())), wire, clock }
    }

    fn elapsed(&self) -> Duration {
        (self.clock.now() - start()).to_std().unwrap()
    }
}
