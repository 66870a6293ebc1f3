//! Whose requests a vendor counts together.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The scope of a vendor's limits: destinations of one scope share their pace, and are written to one after the other.
///
/// It is a digest, because some vendors count by credentials: it gives none away, and means nothing outside the process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RateScope(u64);

impl RateScope {
    /// The scope that these parts make up: the connector's name, then host, account, credentials, …: whatever the vendor
    /// counts by, and no more.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut digest = DefaultHasher::new();
        for part in parts {
            // `str` hashes with an end mark, so that no part flows into the next.
            part.hash(&mut digest);
        }
        Self(digest.finish())
    }
}

impl fmt::Debug for RateScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RateScope")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_are_the_same_scope_and_no_others() {
        assert_eq!(RateScope::of(["a", "b"]), RateScope::of(["a", "b"]));
        assert_ne!(RateScope::of(["a", "b"]), RateScope::of(["b", "a"]));
        assert_ne!(RateScope::of(["ab", ""]), RateScope::of(["a", "b"]));
    }
}
