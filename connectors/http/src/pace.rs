//! The pace: how many requests may start, in which order, and when the vendor wants a pause.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use lapwing_contract::{Clock, Quota};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::bucket::Bucket;
use crate::{Reading, SharedLimits};

/// The `pace` table of a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PaceSettings {
    /// Most requests a minute, of all syncs of this destination together. The vendor's own limits hold in any case.
    pub requests_per_minute: Option<NonZeroU32>,
}

/// A limit that the vendor publishes for some of its endpoints.
#[derive(Debug, Clone, Copy)]
pub struct QuotaRule {
    /// The name by which requests refer to it.
    pub name: &'static str,
    /// The limit.
    pub quota: Quota,
}

/// The pace of one client. Its requests start in the order in which they asked; those of other clients that count against
/// the same limits ([`SharedLimits`]) come in between.
#[derive(Debug)]
pub struct Pace {
    clock: Arc<dyn Clock>,
    /// The user's own limit, over all requests of the client.
    own: Option<Bucket>,
    /// The vendor's limits, by name.
    quotas: Vec<(&'static str, Arc<Bucket>)>,
    /// Held by the request that waits at the head of the client's queue.
    queue: Mutex<()>,
    /// A vendor that wants a longer pause than this is not waited for.
    longest_pause: Duration,
}

/// The right to start one request. Dropping it tells that the request has ended.
#[derive(Debug)]
pub struct Permit<'a> {
    bucket: Option<&'a Bucket>,
    /// How long the request had waited for it.
    pub waited: Duration,
}

impl Pace {
    /// The pace that follows from the user's settings and the vendor's rules, whose limits may be shared with others.
    pub fn new(
        clock: &Arc<dyn Clock>,
        settings: PaceSettings,
        rules: &[QuotaRule],
        limits: &SharedLimits,
        longest_pause: Duration,
    ) -> Self {
        let minute = |requests: NonZeroU32| Quota { requests: requests.get(), per: Duration::from_secs(60) };
        let own = settings.requests_per_minute.map(|most| Bucket::new(clock, minute(most)));
        let quotas: Vec<_> = rules.iter().map(|rule| (rule.name, limits.bucket(clock, rule))).collect();
        if own.is_some() {
            // A request passes the vendor's bucket first and may then wait for the user's. The one of each client that
            // does so leaves later than the vendor's bucket believes: so that no window holds too many.
            for (_, bucket) in &quotas {
                bucket.hold_one_back();
            }
        }
        Self { clock: Arc::clone(clock), own, quotas, queue: Mutex::new(()), longest_pause }
    }

    /// Believes the vendor's headers where they allow more than the rule of a quota says, up to `most` requests.
    pub(crate) fn believe_up_to(&self, quota: &str, most: u32) {
        if let Some(bucket) = self.bucket(Some(quota)) {
            bucket.believe_up_to(most);
        }
    }

    /// Waits for the right to start a request that counts against a quota. Cancel safe: a dropped wait gives its
    /// place in the queue to the next.
    ///
    /// # Errors
    /// The length of a pause that the vendor wants and that is longer than allowed.
    pub async fn turn(&self, quota: Option<&str>) -> Result<Permit<'_>, Duration> {
        let asked_at = self.clock.elapsed();
        let bucket = self.bucket(quota);
        {
            let _first_in_line = self.queue.lock().await;
            for bucket in bucket.into_iter().chain(&self.own) {
                bucket.turn(self.longest_pause).await?;
            }
        }
        if let Some(bucket) = bucket {
            bucket.started();
        }
        Ok(Permit { bucket, waited: self.clock.elapsed().saturating_sub(asked_at) })
    }

    /// Holds all requests of a quota back: the vendor asked for it.
    pub fn pause(&self, quota: Option<&str>, pause: Duration) {
        if let Some(bucket) = self.bucket(quota).or(self.own.as_ref()) {
            bucket.pause(pause);
        }
    }

    fn bucket(&self, quota: Option<&str>) -> Option<&Bucket> {
        self.quotas.iter().find(|(name, _)| Some(*name) == quota).map(|(_, bucket)| bucket.as_ref())
    }
}

impl Permit<'_> {
    /// Takes in what the vendor's headers say about the request's quota.
    pub fn learn(&self, reading: &Reading) {
        if let Some(bucket) = self.bucket {
            bucket.learn(reading);
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if let Some(bucket) = self.bucket {
            bucket.ended();
        }
    }
}
