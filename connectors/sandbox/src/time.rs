//! The time at the vendor: the injected clock, moved forward where the saved state is ahead of it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use lapwing_contract::Clock;

/// A vendor's time never goes back, not even between two runs with different clocks.
#[derive(Debug, Clone)]
pub(crate) struct VendorTime {
    clock: Arc<dyn Clock>,
    ahead: TimeDelta,
}

impl VendorTime {
    /// The time of `clock`, or from `saved` on where that is later.
    pub(crate) fn new(clock: Arc<dyn Clock>, saved: Option<DateTime<Utc>>) -> Self {
        let ahead = saved.map_or(TimeDelta::zero(), |saved| (saved - clock.now()).max(TimeDelta::zero()));
        Self { clock, ahead }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now() + self.ahead
    }

    pub(crate) async fn sleep(&self, duration: Duration) {
        if !duration.is_zero() {
            self.clock.sleep(duration).await;
        }
    }
}
