//! The history of segments on its way between attributes and ledger: what the rules are, and when it moves.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::attributes::{AttributeSettings, Relations, SegmentBasis, segment_basis};
use crate::config::sync_file::{SyncFile, Value};
use crate::ledger;

use super::Failure;
use super::planning::Planned;
use super::run::Run;

/// Keys of `[attributes.rfm]` that say by other words what the rules say themselves.
const SAID_BY_RULES: [&str; 2] = ["segments", "fallback"];

/// Keys of `[[attributes.custom]]` that change no value.
const SAID_FOR_PEOPLE: [&str; 1] = ["meaning"];

/// A table of a pack as the sync file has it: what the scores that segments are made of depend on.
#[derive(Debug, Clone)]
pub(super) struct PackTable {
    pack: String,
    /// The one column that it makes, of a custom attribute.
    column: Option<String>,
    settings: String,
}

/// The tables of all packs. Defaults are left out, so that a later Lapwing with more settings finds the same tables.
pub(super) fn tables(file: &SyncFile) -> Vec<PackTable> {
    // Serialising to memory fails on no value of these types; an empty text would still tell the pack.
    let text = |table: &crate::config::sync_file::Table| serde_json::to_string(table).unwrap_or_default();
    let packs = file.attributes.iter().map(|attribute| PackTable {
        pack: attribute.pack.value.clone(),
        column: None,
        settings: text(&attribute.config.table().without(&SAID_BY_RULES)),
    });
    let custom = file.custom_attributes.iter().map(|attribute| PackTable {
        pack: "custom".to_owned(),
        column: attribute.table().get("name").and_then(|name| match &name.value {
            Value::Text(text) => Some(text.expose().to_owned()),
            _ => None,
        }),
        settings: text(&attribute.table().without(&SAID_FOR_PEOPLE)),
    });
    let mut tables: Vec<PackTable> = packs.chain(custom).collect();
    tables.sort_by(|left, right| (&left.pack, &left.column).cmp(&(&right.pack, &right.column)));
    tables
}

/// A fingerprint of all that decides segments apart from customers' data: the rules, the settings of the packs that they
/// read, and the statuses of orders that do not count. None where there are no segments.
pub(super) fn rules(settings: &AttributeSettings, tables: &[PackTable], has: &Relations) -> Option<String> {
    let basis = segment_basis(settings, has)?;
    let mut hash = Sha256::new();
    hash.update(&basis.rules);
    for table in tables.iter().filter(|table| is_read(&basis, table)) {
        hash.update(format!("\0{}\0{}", table.pack, table.settings));
    }
    for status in &settings.attributes.excluded_statuses {
        hash.update(format!("\0{status}"));
    }
    Some(hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

fn is_read(basis: &SegmentBasis, table: &PackTable) -> bool {
    // `cycle` makes the pack `cycle_by_category`, too.
    let of_table =
        |pack: &&str| pack.strip_prefix(&table.pack).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
    basis.packs.iter().any(of_table) && table.column.as_ref().is_none_or(|name| basis.words.contains(name))
}

impl Run {
    /// Stages what this run found for the history, unless guards stand in the way of all that it planned.
    pub(super) async fn stage_segments(&self, planned: &[Planned], rules: Option<String>) -> Result<(), Failure> {
        let Some(rules) = rules.filter(|_| planned.iter().any(|plan| plan.trips.is_empty())) else { return Ok(()) };
        let (run_id, as_of) = (self.number, self.as_of);
        Ok(self.bench.engine.run(move |session| ledger::stage_segments(session, run_id, as_of, &rules)).await?)
    }

    /// Moves the history to what the run that planned has staged.
    pub(super) async fn keep_segments(&self, planned_in: i64) -> Result<(), Failure> {
        Ok(self.bench.engine.run(move |session| ledger::keep_segments(session, planned_in)).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::input::attribute_settings;
    use crate::registry::Registry;

    fn fingerprint(attributes: &str) -> Option<String> {
        let file = SyncFile::parse("sync.toml", format!("version = 1\n{attributes}"), &Registry).file.unwrap();
        let has = Relations::default().with("orders", &["order_id", "customer_id", "ordered_at", "net_amount"]);
        rules(&attribute_settings(&file).unwrap(), &tables(&file), &has)
    }

    #[test]
    fn what_is_said_for_people_decides_nothing() {
        let custom = |more: &str| {
            fingerprint(&format!(
                "[[attributes.custom]]\nname = \"n\"\nrelation = \"orders\"\naggregate = \"count(*)\"\n{more}\n\
                 [[segments]]\nname = \"Many\"\nwhen = \"n > 3\""
            ))
        };
        assert_eq!(custom("meaning = \"How many.\""), custom(""));
        assert_ne!(custom("window_days = 3"), custom(""));
    }

    #[test]
    fn what_decides_segments_is_in_the_fingerprint() {
        let usual = fingerprint("[attributes.rfm]");
        assert!(usual.is_some());
        for other in [
            "[attributes.rfm]\nsegments = \"cells\"",
            "[attributes.rfm]\nfallback = \"Rest\"",
            "[attributes.rfm]\nwindow_days = 365",
            "[attributes]\nexcluded_statuses = []\n[attributes.rfm]",
            "[[segments]]\nname = \"Big\"\nwhen = \"monetary > 1000\"\n[attributes.rfm]\nsegments = \"classic\"",
        ] {
            assert_ne!(fingerprint(other), usual, "{other}");
        }
    }

    #[test]
    fn what_says_nothing_about_segments_is_not() {
        let usual = fingerprint("[attributes.rfm]");
        assert_eq!(fingerprint("[attributes.rfm]\nsegments = \"classic\""), usual, "the preset that is taken anyway");
        assert_eq!(fingerprint("[attributes.cycle]\nmin_purchase_days = 4\n[attributes.rfm]"), usual);
        let custom = "[[attributes.custom]]\nname = \"n\"\nrelation = \"orders\"\naggregate = \"count(*)\"\n";
        assert_eq!(fingerprint(&format!("{custom}[attributes.rfm]")), usual);
        assert_eq!(fingerprint("[attributes.cycle]"), None, "there are no segments");
    }

    #[test]
    fn packs_count_where_rules_read_them() {
        let late = "[[segments]]\nname = \"Late\"\nwhen = \"lateness_ratio > 2\"\n";
        let of = |table: &str| fingerprint(&format!("{late}{table}"));
        assert_ne!(of("[attributes.cycle]"), of("[attributes.cycle]\nmin_purchase_days = 4"));
        let many = "[[segments]]\nname = \"Many\"\nwhen = \"n > 2\"\n[[attributes.custom]]\nname = \"n\"\n\
                    relation = \"orders\"\naggregate = \"count(*)\"\n";
        assert_ne!(fingerprint(many), fingerprint(&format!("{many}window_days = 9")));
    }
}
