//! Customers by the value of one column that has few.

use crate::engine::{EngineError, Session, quote_identifier};

use super::super::plan::Plan;
use super::{Group, Section};

const COLUMN: &str = "/* column */";

/// A column that sorts customers into classes.
pub(super) struct Classes {
    column: &'static str,
    title: &'static str,
    /// What customers without a value are called.
    without: &'static str,
}

pub(super) const CYCLE: Classes =
    Classes { column: "cycle_status", title: "Purchase cycle (cycle_status)", without: "(never bought)" };

pub(super) const PROMO: Classes =
    Classes { column: "promo_class", title: "Promotions (promo_class)", without: "(never bought)" };

pub(super) const PRESSURE: Classes =
    Classes { column: "pressure_level", title: "Marketing pressure (pressure_level)", without: "(not reachable)" };

pub(super) const RECOMMEND: Classes =
    Classes { column: "rec_source", title: "Recommendations (rec_source)", without: "(nothing to offer)" };

impl Classes {
    /// Every value that the column can have, in the order of its description, and then those without one.
    pub(super) fn section(&self, session: &Session, plan: &Plan) -> Result<Section, EngineError> {
        let sql = include_str!("classes.sql").replace(COLUMN, &quote_identifier(self.column));
        let counts = session.rows(&sql, &[], |row| Ok((row.text(0)?, row.count(1)?)))?;
        let known = plan.columns.iter().find(|column| column.name == self.column);
        let values = known.map(|column| column.values.listed()).unwrap_or_default();
        let values: Vec<&str> = values.iter().map(|one| one.value.as_str()).collect();
        Ok(Section { key: self.column, title: self.title, groups: self.groups(&values, &counts) })
    }

    fn groups(&self, values: &[&str], counts: &[(Option<String>, u64)]) -> Vec<Group> {
        let count = |value: Option<&str>| {
            counts.iter().find(|(found, _)| found.as_deref() == value).map_or(0, |(_, customers)| *customers)
        };
        let mut groups: Vec<Group> =
            values.iter().map(|value| Group::new(Some(value), value, count(Some(value)))).collect();
        let without = count(None);
        if without > 0 {
            groups.push(Group::new(None, self.without, without));
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_row_and_nobody_is_left_out() {
        let values = ["under", "normal", "over"];
        let counts = [(Some("over".to_owned()), 2), (None, 3)];
        let rows: Vec<(String, u64)> =
            PRESSURE.groups(&values, &counts).into_iter().map(|group| (group.label, group.customers)).collect();
        let expected = [("under", 0), ("normal", 0), ("over", 2), ("(not reachable)", 3)];
        assert_eq!(rows, expected.map(|(label, customers)| (label.to_owned(), customers)));
        assert_eq!(PRESSURE.groups(&values, &counts[..1]).len(), 3);
    }

    #[test]
    fn the_sql_file_has_the_place_to_fill_in() {
        assert!(include_str!("classes.sql").contains(COLUMN));
    }
}
