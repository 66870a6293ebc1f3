//! Whose an address is, as far as one process has written it.
//!
//! Zendesk finds a user by address too: a second customer with the address of a first one would take over the first one's
//! user. So an address goes out for one customer only, in whichever batch the other comes.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

/// The addresses that went out, each with its customer. Both as hashes: a million of them take some 30 MB.
#[derive(Debug, Default)]
pub(crate) struct Addresses(Mutex<HashMap<u64, u64>>);

impl Addresses {
    /// Takes an address, in lower case, for a customer. False where it is another's.
    pub(crate) fn claim(&self, address: &str, key: &str) -> bool {
        // The map is whole after every call: a panic elsewhere cannot leave it half written.
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.entry(hash(address)) {
            Entry::Occupied(known) => *known.get() == hash(key),
            Entry::Vacant(free) => {
                free.insert(hash(key));
                true
            }
        }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_belongs_to_the_first_who_comes_with_it_however_often() {
        let addresses = Addresses::default();
        assert!(addresses.claim("ada@example.com", "c-1") && addresses.claim("bob@example.com", "c-2"));
        assert!(addresses.claim("ada@example.com", "c-1"));
        assert!(!addresses.claim("ada@example.com", "c-2"));
    }
}
