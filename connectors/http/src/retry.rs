//! When to try again: how often, how long, and how far apart.

use std::time::Duration;

use backoff::ExponentialBackoff;
use backoff::backoff::Backoff as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The runtime setting `retry`. Both limits hold: whichever is reached first ends the trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RetrySettings {
    /// How often a request is tried at most, the first time included. At least 1.
    pub max_attempts: u32,
    /// How long after the first try the last one may start, for example `"5m"`. A vendor that asks for a longer wait
    /// ends the trying at once.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub deadline: Duration,
    /// The wait before the second try; each further one is twice as long. Half of it to one and a half, by chance.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub first_wait: Duration,
    /// The longest wait, where the vendor does not ask for another.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub longest_wait: Duration,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self {
            max_attempts: 6,
            deadline: Duration::from_secs(300),
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
        }
    }
}

/// The waits of one request: `backoff`'s exponential policy, its jitter taken from outside so that it can be seeded.
/// `backoff` is unmaintained (RUSTSEC-2025-0012); nothing outside this file knows it.
#[derive(Debug)]
pub struct Backoff {
    policy: ExponentialBackoff,
    longest: Duration,
}

impl Backoff {
    /// The waits that the settings ask for.
    pub fn new(settings: &RetrySettings) -> Self {
        let mut policy = ExponentialBackoff {
            initial_interval: settings.first_wait,
            max_interval: settings.longest_wait,
            multiplier: 2.0,
            // Its own jitter draws from a source that cannot be seeded, and its own deadline reads the system's clock.
            randomization_factor: 0.0,
            max_elapsed_time: None,
            ..ExponentialBackoff::default()
        };
        policy.reset();
        Self { policy, longest: settings.longest_wait }
    }

    /// The next wait. `chance` lies in `0.0..1.0` and spreads it from half of the interval to one and a half; the
    /// result is in whole milliseconds.
    pub fn next(&mut self, chance: f64) -> Duration {
        let interval = self.policy.next_backoff().unwrap_or(self.longest);
        let spread = interval.mul_f64(0.5 + chance.clamp(0.0, 1.0)).min(self.longest);
        Duration::from_millis(u64::try_from(spread.as_millis()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(chance: f64) -> Vec<u128> {
        let mut backoff = Backoff::new(&RetrySettings {
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(10),
            ..RetrySettings::default()
        });
        (0..6).map(|_| backoff.next(chance).as_millis()).collect()
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        assert_eq!(waits(0.5), [1000, 2000, 4000, 8000, 10_000, 10_000]);
    }

    #[test]
    fn chance_spreads_a_wait_from_half_to_one_and_a_half() {
        assert_eq!(waits(0.0), [500, 1000, 2000, 4000, 5000, 5000]);
        assert_eq!(waits(1.0), [1500, 3000, 6000, 10_000, 10_000, 10_000]);
    }
}
