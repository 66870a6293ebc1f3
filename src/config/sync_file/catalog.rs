//! What the sync file may name, told from above: this floor knows no connector and no pack.

/// The connectors and packs that exist.
pub trait Catalog {
    /// The kinds of all connectors: `sendgrid`, `file`, …
    fn connectors(&self) -> Vec<&str>;

    /// The keys that hold secrets in the table of a connector; empty for an unknown one.
    fn secrets(&self, connector: &str) -> Vec<&str>;

    /// The keys that tell one account of a connector from another, beside those that hold secrets; empty for an unknown one.
    fn account(&self, connector: &str) -> Vec<&str>;

    /// All keys of a connector's own table, secrets included, without the keys that every destination has. None where
    /// the connector is unknown or checks its keys itself.
    fn keys(&self, connector: &str) -> Option<Vec<String>>;

    /// The attribute packs: `rfm`, `cycle`, …
    fn packs(&self) -> Vec<&str>;
}
