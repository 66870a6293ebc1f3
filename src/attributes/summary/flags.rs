//! Customers of whom something holds. The rows overlap, so that all of them are counted in one pass.

use std::fmt::Write as _;

use crate::engine::{EngineError, Session, quote_identifier};

use super::super::activity::{ActivitySettings, window_column};
use super::super::reach::ReachSettings;
use super::{Group, Section};

const COUNTS: &str = "    /* one count for each condition */\n";

/// A row of the table: its name for scripts, for people, and the condition over one row of `attributes`.
struct Flag {
    name: Option<String>,
    label: String,
    condition: String,
}

impl Flag {
    fn new(name: Option<&str>, label: impl Into<String>, condition: impl Into<String>) -> Self {
        Self { name: name.map(str::to_owned), label: label.into(), condition: condition.into() }
    }
}

/// Recent buyers, those who bought once, and those who have gone.
pub(super) fn activity(session: &Session, settings: &ActivitySettings) -> Result<Section, EngineError> {
    let mut flags: Vec<Flag> = Vec::new();
    for days in &settings.windows {
        let column = window_column(*days);
        let condition = format!("{} > 0", quote_identifier(&column));
        flags.push(Flag::new(Some(&column), format!("bought in the last {days} days"), condition));
    }
    flags.push(Flag::new(Some("one_time_user"), "at most one order in 365 days", "one_time_user"));
    flags.push(Flag::new(Some("inactive"), "inactive", "inactive"));
    flags.push(Flag::new(None, "(never bought)", "one_time_user is null"));
    Ok(Section { key: "activity", title: "Activity", groups: counted(session, &flags)? })
}

/// Who can be reached by each channel, and who by none.
pub(super) fn reach(session: &Session, settings: &ReachSettings) -> Result<Section, EngineError> {
    let mut flags: Vec<Flag> = Vec::new();
    for channel in &settings.channels {
        let name = channel.name();
        flags.push(Flag::new(Some(name), name, quote_identifier(&format!("reachable_{name}"))));
    }
    flags.push(Flag::new(None, "(by none of them)", "best_channel is null"));
    Ok(Section { key: "reach", title: "Reachable by", groups: counted(session, &flags)? })
}

fn counted(session: &Session, flags: &[Flag]) -> Result<Vec<Group>, EngineError> {
    let sql = include_str!("flags.sql").replace(COUNTS, &counts(flags));
    session.one(&sql, &[], |row| {
        // The first column is the number of all customers.
        let groups = flags.iter().enumerate().map(|(index, flag)| {
            row.count(index + 1).map(|customers| Group::new(flag.name.as_deref(), &flag.label, customers))
        });
        let groups: Result<Vec<Group>, EngineError> = groups.collect();
        // Whoever has no value is told only where there is somebody.
        groups.map(|groups| groups.into_iter().filter(|group| group.name.is_some() || group.customers > 0).collect())
    })
}

fn counts(flags: &[Flag]) -> String {
    flags.iter().enumerate().fold(String::new(), |mut sql, (index, Flag { condition, .. })| {
        // Writing into a text cannot fail.
        let _ =
            writeln!(sql, "    , cast(sum(case when {condition} then 1 else 0 end) as bigint) as flag_{}", index + 1);
        sql
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_becomes_a_count() {
        let flags = [Flag::new(Some("a"), "a", "\"a\""), Flag::new(None, "b", "b is null")];
        assert_eq!(
            counts(&flags),
            "    , cast(sum(case when \"a\" then 1 else 0 end) as bigint) as flag_1\n    , cast(sum(case when b is null \
             then 1 else 0 end) as bigint) as flag_2\n"
        );
        assert!(include_str!("flags.sql").contains(COUNTS));
    }
}
