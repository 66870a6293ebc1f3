//! The vendor's limits, where several clients count against the same ones.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use lapwing_contract::{Clock, RateScope};

use crate::QuotaRule;
use crate::bucket::Bucket;

/// The limits of one scope: its clients take their turns from the same buckets.
#[derive(Default)]
pub struct SharedLimits {
    buckets: Mutex<BTreeMap<&'static str, Arc<Bucket>>>,
}

/// The limits of every scope that a process writes to.
#[derive(Debug, Default)]
pub struct Limits {
    scopes: Mutex<BTreeMap<RateScope, Arc<SharedLimits>>>,
}

impl Limits {
    /// The limits of a scope, the same for all who ask.
    pub fn of(&self, scope: RateScope) -> Arc<SharedLimits> {
        let mut scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(scopes.entry(scope).or_default())
    }
}

impl SharedLimits {
    /// The bucket of a rule. The first client to ask brings the clock, and the limit that holds until the vendor's headers
    /// tell another one.
    pub(crate) fn bucket(&self, clock: &Arc<dyn Clock>, rule: &QuotaRule) -> Arc<Bucket> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(buckets.entry(rule.name).or_insert_with(|| Arc::new(Bucket::new(clock, rule.quota))))
    }
}

impl fmt::Debug for SharedLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_map().entries(buckets.iter()).finish()
    }
}
