//! A few customers with the attributes that a person wants to see first.

use std::fmt::Write as _;

use crate::config::diagnostics::TextStyle;

use super::table::shortened;

/// What is shown first, where it is computed.
const FIRST: [&str; 16] = [
    "segment",
    "recency_days",
    "frequency",
    "monetary",
    "cycle_status",
    "lateness_days",
    "expected_next_order_on",
    "top_late_category",
    "promo_class",
    "p_alive",
    "inactive",
    "pressure_level",
    "pressure_advice",
    "best_channel",
    "rec_1_name",
    "priority_rank",
];

/// More lines than these are not read by somebody who looks at a sample.
const MOST: usize = 18;
const LONGEST_NAME: usize = 30;
const LONGEST_VALUE: usize = 17;
const GAP: usize = 2;

/// Rows of a sample: the name of each column, the first of them the key, and the customers' values.
pub(crate) struct Sample {
    pub(crate) columns: Vec<String>,
    /// Attributes of the user's own, by name.
    pub(crate) own: Vec<String>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

impl Sample {
    /// One line an attribute and one column a customer; who does not fit beside the others comes below.
    pub(super) fn text(&self, style: TextStyle) -> String {
        let shown = self.shown();
        let mut text = String::new();
        for block in self.blocks(&shown, style.width) {
            text.push('\n');
            for (line, index) in shown.iter().enumerate() {
                let name_width = self.name_width(&shown);
                let _ = write!(text, "{:<name_width$}", shortened(&self.columns[*index], name_width));
                for (values, width) in &block {
                    let _ = write!(text, "  {:>width$}", values[line]);
                }
                text.push('\n');
            }
        }
        if !text.is_empty() && shown.len() < self.columns.len() {
            let (some, all) = (shown.len() - 1, self.columns.len() - 1);
            let _ = writeln!(text, "\n{some} of {all} attributes; `--json` and `--output` have all of them");
        }
        text
    }

    /// Which columns, and in which order: the key, what is wanted first, the user's own, and then the others.
    fn shown(&self) -> Vec<usize> {
        let own = self.own.iter().map(String::as_str);
        let wanted: Vec<&str> = FIRST.into_iter().chain(own).collect();
        let rank = |index: &usize| wanted.iter().position(|name| *name == self.columns[*index]);
        let mut order: Vec<usize> = (1..self.columns.len()).collect();
        order.sort_by_key(|index| rank(index).unwrap_or(wanted.len()));
        std::iter::once(0).chain(order).take(MOST + 1).collect()
    }

    fn name_width(&self, shown: &[usize]) -> usize {
        let longest = shown.iter().map(|index| self.columns[*index].chars().count()).max();
        longest.unwrap_or(0).min(LONGEST_NAME)
    }

    /// The customers' values with the width they take, as many side by side as fit.
    fn blocks(&self, shown: &[usize], width: usize) -> Vec<Vec<(Vec<String>, usize)>> {
        let mut blocks: Vec<Vec<(Vec<String>, usize)>> = Vec::new();
        let mut used = width;
        for row in &self.rows {
            let values: Vec<String> =
                shown.iter().map(|index| short(row.get(*index).and_then(Option::as_deref))).collect();
            let widest = values.iter().map(|value| value.chars().count()).max().unwrap_or(0);
            if used + GAP + widest > width {
                blocks.push(Vec::new());
                used = self.name_width(shown);
            }
            used += GAP + widest;
            if let Some(block) = blocks.last_mut() {
                block.push((values, widest));
            }
        }
        blocks
    }
}

fn short(value: Option<&str>) -> String {
    value.map_or_else(|| "-".to_owned(), |text| shortened(text, LONGEST_VALUE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(attributes: usize, customers: usize) -> Sample {
        let others = (1..attributes).map(|number| format!("attribute_number_{number}"));
        let columns: Vec<String> =
            ["customer_id".to_owned()].into_iter().chain(others).chain(["segment".to_owned()]).collect();
        let row =
            |customer: usize| (0..columns.len()).map(|index| Some(format!("value {index} of {customer}"))).collect();
        Sample { own: vec!["attribute_number_40".into()], rows: (0..customers).map(row).collect(), columns }
    }

    #[test]
    fn what_is_wanted_comes_first_and_the_rest_is_told() {
        let text = sample(50, 1).text(TextStyle::plain());
        let names: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(names[..4], ["customer_id", "segment", "attribute_number_40", "attribute_number_1"]);
        assert!(text.ends_with("\n18 of 50 attributes; `--json` and `--output` have all of them\n"), "{text}");
        assert!(!sample(9, 1).text(TextStyle::plain()).contains("--json"));
    }

    #[test]
    fn customers_who_do_not_fit_beside_the_others_come_below() {
        let text = sample(9, 5).text(TextStyle::plain());
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with("customer_id")).count(), 2, "{text}");
        assert_eq!(sample(9, 0).text(TextStyle::plain()), "");
    }
}
