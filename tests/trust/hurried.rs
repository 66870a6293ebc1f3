//! Time at a vendor that is served on this machine: a minute passes in a second, so that its jobs have ended when the
//! client, whose time is the real one, looks at them for the first time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use lapwing_contract::Clock;
use lapwing_http::SystemClock;
use lapwing_sandbox::{Action, Sandbox, Settings, vendors};

/// A clock that goes faster than the real one.
#[derive(Debug)]
struct Hurried {
    clock: SystemClock,
    since: DateTime<Utc>,
}

const FASTER: u32 = 60;

#[async_trait]
impl Clock for Hurried {
    fn now(&self) -> DateTime<Utc> {
        self.since + (self.clock.now() - self.since) * i32::try_from(FASTER).unwrap()
    }

    fn elapsed(&self) -> Duration {
        self.clock.elapsed() * FASTER
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration / FASTER).await;
    }
}

/// SendGrid in a hurry.
pub(crate) fn sendgrid() -> Sandbox {
    let clock = SystemClock::new();
    let clock = Hurried { since: clock.now(), clock };
    Sandbox::in_memory(vendors::by_kind("sendgrid", 7).unwrap(), Settings::default(), Arc::new(clock))
}

/// An answer that comes so much later in the client's time. An hour is an answer that does not come within a test.
pub(crate) fn late(by: Duration, applied: bool) -> Action {
    Action::Delay { seconds: (by * FASTER).as_secs_f64(), applied }
}

/// Longer than any test takes.
pub(crate) const NEVER: Duration = Duration::from_secs(3600);
