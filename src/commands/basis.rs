//! What a plan is made from, so that `apply` can refuse one that is out of date, and say what moved.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::project::Project;
use crate::exports::InputFile;

/// Digests of all that a plan depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Basis {
    /// Of what the sync file means.
    sync_file: String,
    /// Of the files of each export: path, length and time of writing.
    exports: BTreeMap<String, String>,
    /// Of what the ledger holds about the sync. None where the plan is sent by the run that makes it.
    ledger: Option<String>,
}

impl Basis {
    /// The basis of a plan over these files. What the ledger says comes later.
    pub(super) fn new(project: &Project, files: &[InputFile]) -> Self {
        let mut exports: BTreeMap<String, Sha256> = BTreeMap::new();
        for file in files {
            let modified = file.modified.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
            let written = modified.map_or(0, |since| since.as_nanos());
            let line = format!("{}\0{}\0{written}\n", file.path.display(), file.bytes);
            exports.entry(file.relation.to_owned()).or_default().update(line);
        }
        let exports = exports.into_iter().map(|(name, hash)| (name, hexadecimal(hash))).collect();
        Self { sync_file: project.file.fingerprint(), exports, ledger: None }
    }

    /// The same with the state of the ledger.
    pub(super) fn with_ledger(&self, state: String) -> Self {
        Self { ledger: Some(state), ..self.clone() }
    }

    /// As the ledger keeps it.
    pub(super) fn to_text(&self) -> String {
        // Serialising texts to memory cannot fail; an empty text would be taken for another basis.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What moved since: `the sync file and the export orders`. None where it is the same.
    pub(super) fn moved_since(&self, kept: &str) -> Option<String> {
        let Ok(was) = serde_json::from_str::<Self>(kept) else {
            return Some("the version of Lapwing".to_owned());
        };
        let mut moved = Vec::new();
        if was.sync_file != self.sync_file {
            moved.push("the sync file".to_owned());
        }
        let names = was.exports.keys().chain(self.exports.keys().filter(|name| !was.exports.contains_key(*name)));
        let changed = names.filter(|name| was.exports.get(*name) != self.exports.get(*name));
        moved.extend(changed.map(|name| format!("the export `{name}`")));
        if was.ledger != self.ledger {
            moved.push("the ledger".to_owned());
        }
        let last = moved.pop()?;
        Some(if moved.is_empty() { last } else { format!("{} and {last}", moved.join(", ")) })
    }
}

fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basis(sync_file: &str, exports: &[(&str, &str)], ledger: &str) -> Basis {
        let exports = exports.iter().map(|(name, digest)| ((*name).to_owned(), (*digest).to_owned())).collect();
        Basis { sync_file: sync_file.to_owned(), exports, ledger: Some(ledger.to_owned()) }
    }

    #[test]
    fn what_moved_is_named() {
        let was = basis("f", &[("customers", "1"), ("orders", "1")], "l");
        let since = |now: &Basis| now.moved_since(&was.to_text());
        assert_eq!(since(&was), None);
        assert_eq!(since(&basis("g", &[("customers", "1"), ("orders", "1")], "l")).unwrap(), "the sync file");
        assert_eq!(
            since(&basis("g", &[("customers", "1"), ("orders", "2"), ("products", "1")], "m")).unwrap(),
            "the sync file, the export `orders`, the export `products` and the ledger"
        );
        assert_eq!(since(&basis("f", &[("orders", "1")], "l")).unwrap(), "the export `customers`");
        assert_eq!(was.moved_since("0a1b").unwrap(), "the version of Lapwing");
    }
}
