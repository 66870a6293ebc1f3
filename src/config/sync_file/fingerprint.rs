//! A short name for what a sync file means, so that `apply` sees whether it moved since `plan`.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::SyncFile;

impl SyncFile {
    /// SHA-256, in hexadecimal, over everything that decides what is sent where.
    ///
    /// Left out: secrets, since a rotated key is no other plan; pace and schedule, which decide when; comments,
    /// layout and the order of tables. The order of segments, syncs and fields counts.
    pub fn fingerprint(&self) -> String {
        let mut meaning = self.clone();
        meaning.exports.sort_by(|left, right| left.relation.value.cmp(&right.relation.value));
        meaning.attributes.sort_by(|left, right| left.pack.value.cmp(&right.pack.value));
        meaning.destinations.sort_by(|left, right| left.name.value.cmp(&right.name.value));
        // Serialising to memory fails on no value of these types; `Debug` would still tell two files apart.
        let bytes = serde_json::to_vec(&meaning).unwrap_or_else(|_| format!("{meaning:?}").into_bytes());
        Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing into a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}
