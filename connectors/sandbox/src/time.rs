//! The time at the vendor: that of the injected clock at its start, moved forward where the saved state is ahead of it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lapwing_contract::Clock;

/// A vendor's time never goes back, not even between two runs with different clocks.
#[derive(Debug, Clone)]
pub(crate) struct VendorTime {
    clock: Arc<dyn Clock>,
    /// The vendor's time when the clock started: whoever sets the wall clock here does not set the vendor's.
    origin: DateTime<Utc>,
}

impl VendorTime {
    /// The time of `clock`, or from `saved` on where that is later.
    pub(crate) fn new(clock: Arc<dyn Clock>, saved: Option<DateTime<Utc>>) -> Self {
        let now = saved.map_or(clock.now(), |saved| saved.max(clock.now()));
        let origin = now - clock.elapsed();
        Self { clock, origin }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.origin + self.clock.elapsed()
    }

    pub(crate) async fn sleep(&self, duration: Duration) {
        if !duration.is_zero() {
            self.clock.sleep(duration).await;
        }
    }
}
