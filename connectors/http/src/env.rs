//! What a connector over HTTP needs from outside.

use std::sync::Arc;

use lapwing_contract::Clock;

use crate::{
    MemoryVault, NetworkSettings, NetworkTransport, PaceSettings, RetrySettings, SharedLimits, SystemClock, Traffic,
    Transport, Vault,
};

/// The `Env` of every connector over HTTP: one per destination, because pace and counters are the destination's.
#[derive(Debug, Clone)]
pub struct HttpEnv {
    /// The wire, or a fake vendor in process.
    pub transport: Arc<dyn Transport>,
    /// The time, and the only way to wait.
    pub clock: Arc<dyn Clock>,
    /// The destination's `pace` table.
    pub pace: PaceSettings,
    /// The vendor's limits, which other destinations of the same scope may share.
    pub limits: Arc<SharedLimits>,
    /// The runtime setting `retry`.
    pub retry: RetrySettings,
    /// Seeds the jitter of waits. Nothing else is random.
    pub seed: u64,
    /// Counts the requests. Keep a clone to read them.
    pub traffic: Arc<Traffic>,
    /// Keeps tokens that change with every use.
    pub vault: Arc<dyn Vault>,
}

impl HttpEnv {
    /// An environment over any wire and clock, with default settings, seed 0, fresh counters and a vault in
    /// memory.
    pub fn new(transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        Self {
            transport,
            clock,
            pace: PaceSettings::default(),
            limits: Arc::default(),
            retry: RetrySettings::default(),
            seed: 0,
            traffic: Arc::default(),
            vault: Arc::new(MemoryVault::default()),
        }
    }

    /// The real network and the system's clock.
    ///
    /// # Errors
    /// [`ErrorKind::Local`](lapwing_contract::ErrorKind) where TLS cannot be set up, for example without any root
    /// certificates.
    pub fn online(network: &NetworkSettings) -> Result<Self, lapwing_contract::DestinationError> {
        Ok(Self::new(Arc::new(NetworkTransport::new(network)?), Arc::new(SystemClock::new())))
    }

    /// With the destination's pace.
    pub fn with_pace(self, pace: PaceSettings) -> Self {
        Self { pace, ..self }
    }

    /// Counting against these limits, together with all others who have them.
    pub fn with_limits(self, limits: Arc<SharedLimits>) -> Self {
        Self { limits, ..self }
    }

    /// With the runtime's retry settings.
    pub fn with_retry(self, retry: RetrySettings) -> Self {
        Self { retry, ..self }
    }

    /// With a place for tokens that outlives the process. Not for a fake: its tokens mean nothing to the vendor.
    pub fn with_vault(self, vault: Arc<dyn Vault>) -> Self {
        Self { vault, ..self }
    }

    /// With a seed for the jitter of waits.
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }
}
