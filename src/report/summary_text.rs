//! How customers are spread, pack by pack: tables with bars for people, the same figures for scripts.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::attributes::{Group, Section, Summary};
use crate::config::diagnostics::TextStyle;

use super::table::{bar, number, shortened};

/// A longer name than that leaves no room for a bar.
const LONGEST_LABEL: usize = 30;
/// As wide as `customers`, and a million of them.
const COUNT: usize = 9;
/// As wide as `100.0 %` and `revenue`.
const SHARE: usize = 7;
const GAP: usize = 2;

/// The same columns in all tables, so that bars can be compared: each is as long as its share of all customers.
struct Layout {
    label: usize,
    bar: usize,
    style: TextStyle,
}

impl Layout {
    fn of(summary: &Summary, style: TextStyle) -> Self {
        let labels = summary.sections.iter().flat_map(|section| &section.groups);
        let longest = labels.map(|group| group.label.chars().count()).max().unwrap_or(0);
        let label = longest.min(LONGEST_LABEL);
        let bar = style.width.saturating_sub(label + 4 * GAP + COUNT + 2 * SHARE).clamp(8, 30);
        Self { label, bar, style }
    }

    fn head(&self, section: &Section) -> String {
        let width = self.label + GAP + self.bar;
        let title = shortened(section.title, width);
        let revenue = if has_revenue(section) { "  revenue" } else { "" };
        format!("{title:<width$}  {:>COUNT$}  {:>SHARE$}{revenue}", "customers", "share")
    }

    fn row(&self, group: &Group, customers: u64, with_revenue: bool) -> String {
        let (width, bar_width) = (self.label, self.bar);
        let label = shortened(&group.label, width);
        let bar = bar(group.customers, customers, bar_width, self.style);
        let share = percent(Some(share(group.customers, customers)));
        let count = number(group.customers);
        let mut line = format!("{label:<width$}  {bar:<bar_width$}  {count:>COUNT$}  {share:>SHARE$}");
        if with_revenue {
            // Writing into a text cannot fail.
            let _ = write!(line, "  {:>SHARE$}", percent(group.revenue_share));
        }
        line
    }
}

/// One table a section, an empty line before each.
pub(super) fn text(summary: &Summary, style: TextStyle) -> String {
    let layout = Layout::of(summary, style);
    let mut text = String::new();
    for section in &summary.sections {
        let _ = writeln!(text, "\n{}", layout.head(section));
        for group in &section.groups {
            let _ = writeln!(text, "{}", layout.row(group, summary.customers, has_revenue(section)));
        }
    }
    text
}

/// An object with an array a section.
pub(super) fn json(summary: &Summary) -> Value {
    let sections = summary.sections.iter().map(|section| {
        let groups = section.groups.iter().map(|group| group_json(group, summary.customers, has_revenue(section)));
        (section.key.to_owned(), groups.collect())
    });
    Value::Object(sections.collect::<Map<String, Value>>())
}

fn group_json(group: &Group, customers: u64, with_revenue: bool) -> Value {
    let mut entry = Map::new();
    entry.insert("name".to_owned(), json!(group.name));
    entry.insert("customers".to_owned(), json!(group.customers));
    entry.insert("share".to_owned(), json!(rounded(share(group.customers, customers))));
    if with_revenue {
        entry.insert("revenue_share".to_owned(), json!(group.revenue_share.map(rounded)));
    }
    if let Some(merged) = group.merged {
        entry.insert("merged".to_owned(), json!(merged));
    }
    entry.into()
}

fn has_revenue(section: &Section) -> bool {
    section.groups.iter().any(|group| group.revenue_share.is_some())
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more than a double holds")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// Four digits are a hundredth of a per cent.
fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, customers: u64, revenue_share: Option<f64>) -> Group {
        Group { name: Some(name.to_owned()), label: name.to_owned(), customers, revenue_share, merged: None }
    }

    fn summary(groups: Vec<Group>) -> Summary {
        Summary { customers: 200, sections: vec![Section { key: "segments", title: "Segments", groups }] }
    }

    #[test]
    fn every_line_fits_into_the_terminal() {
        let long = "A name that somebody wrote without thinking of tables at all";
        let summary = summary(vec![group(long, 200, Some(1.0)), group("b", 0, Some(0.0))]);
        let text = text(&summary, TextStyle::plain());
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("A name that somebody wrote wi…  ███"), "{text}");
        assert_eq!(json(&summary)["segments"][0]["name"], long);
    }

    #[test]
    fn revenue_is_told_where_it_is_known() {
        let with = summary(vec![group("a", 50, Some(0.123_456)), group("b", 150, None)]);
        assert!(text(&with, TextStyle::plain()).lines().nth(2).unwrap().ends_with("50   25.0 %   12.3 %"));
        assert_eq!(json(&with)["segments"][0]["revenue_share"], 0.1235);
        assert_eq!(json(&with)["segments"][1]["revenue_share"], Value::Null);
        let without = summary(vec![group("a", 50, None)]);
        assert!(text(&without, TextStyle::plain()).lines().nth(1).unwrap().ends_with("share"));
        assert_eq!(json(&without)["segments"][0].get("revenue_share"), None);
    }
}
