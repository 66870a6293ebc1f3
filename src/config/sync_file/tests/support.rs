//! A catalog for tests, and short ways to parse.

use crate::config::diagnostics::TextStyle;
use crate::config::sync_file::{Catalog, Parsed, SyncFile};

/// Knows the connectors `sendgrid` and `file`, and a few packs.
pub(super) struct TestCatalog;

impl Catalog for TestCatalog {
    fn connectors(&self) -> Vec<&str> {
        vec!["sendgrid", "file"]
    }

    fn secrets(&self, connector: &str) -> Vec<&str> {
        if connector == "sendgrid" { vec!["api_key"] } else { vec![] }
    }

    fn account(&self, connector: &str) -> Vec<&str> {
        if connector == "sendgrid" { vec!["region"] } else { vec!["folder"] }
    }

    fn keys(&self, connector: &str) -> Option<Vec<String>> {
        match connector {
            "sendgrid" => Some(vec!["api_key".to_owned(), "region".to_owned()]),
            "file" => Some(vec!["folder".to_owned(), "format".to_owned()]),
            _ => None,
        }
    }

    fn packs(&self) -> Vec<&str> {
        vec!["rfm", "cycle", "promo", "priority", "reach"]
    }
}

pub(super) fn parse(text: &str) -> Parsed {
    SyncFile::parse("conf/sync.toml", text, &TestCatalog)
}

/// What the text face says about a file.
pub(super) fn report(text: &str) -> String {
    parse(text).diagnostics.to_text(TextStyle::plain())
}

/// A file without mistakes, to break in one place.
pub(super) const GOOD: &str = r#"version = 1
[exports.orders]
path = "orders.csv"
[destinations.marketing]
connector = "sendgrid"
api_key = "${KEY}"
[[syncs]]
name = "contacts"
destination = "marketing"
object = "contacts"
key = { email = "email" }
[syncs.fields]
segment = "segment"
"#;

/// The report on [`GOOD`] with one piece replaced.
pub(super) fn broken(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    report(&GOOD.replacen(from, to, 1))
}
