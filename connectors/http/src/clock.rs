//! The system's time, behind the contract's clock.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use lapwing_contract::Clock;

/// The wall clock and tokio's timer. When the wall clock is set back, this one stands still until it has caught up.
#[derive(Debug, Default)]
pub struct SystemClock {
    /// The latest time told, in microseconds since 1970.
    latest: AtomicI64,
}

impl SystemClock {
    /// A clock that shows the system's time.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        let told = Utc::now();
        let micros = told.timestamp_micros();
        let latest = self.latest.fetch_max(micros, Ordering::Relaxed).max(micros);
        DateTime::from_timestamp_micros(latest).unwrap_or(told)
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_back_stands_still() {
        let clock = SystemClock::new();
        let future = (Utc::now() + chrono::TimeDelta::hours(1)).timestamp_micros();
        clock.latest.store(future, Ordering::Relaxed);
        assert_eq!(clock.now().timestamp_micros(), future);
    }
}
