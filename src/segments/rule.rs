//! Rules as the sync file writes them, and as SQL.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{SeqAccess, Visitor};

use super::coverage::Coverage;
use super::pattern::CellPattern;
use super::preset::preset_rules;
use super::{RuleProblem, RuleProblemKind, expression};

/// One `[[segments]]` table of the sync file: a name, and what makes a customer belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentRule {
    /// What customers of the segment get as their `segment`.
    pub name: String,
    /// A boolean SQL expression over attribute columns, such as `r_score <= 2 and fxm_score >= 5`.
    #[serde(default)]
    pub when: Option<String>,
    /// Instead of `when`: patterns of r, f and m, such as `"155 3xx [45]5x"`.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub cells: Option<Cells>,
}

impl SegmentRule {
    /// The condition, as it was written.
    fn told(&self) -> String {
        let cells = self.cells.as_ref().map(|cells| format!("rfm_cell is one of {}", cells.0.join(", ")));
        self.when.as_ref().map(|when| when.trim().to_owned()).or(cells).unwrap_or_default()
    }
}

/// Cell patterns: one text with spaces or commas between them, or a list of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells(Vec<String>);

impl Cells {
    /// Patterns, each of which may hold several with spaces or commas between them.
    pub fn new(texts: impl IntoIterator<Item = String>) -> Self {
        Self(texts.into_iter().flat_map(|text| split(&text).collect::<Vec<_>>()).collect())
    }
}

impl<'de> Deserialize<'de> for Cells {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellsVisitor)
    }
}

struct CellsVisitor;

impl<'de> Visitor<'de> for CellsVisitor {
    type Value = Cells;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("cell patterns such as \"155 3xx [45]5x\"")
    }

    fn visit_str<E>(self, text: &str) -> Result<Cells, E> {
        Ok(Cells(split(text).collect()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<Cells, A::Error> {
        let mut cells = Vec::new();
        while let Some(text) = texts.next_element::<String>()? {
            cells.extend(split(&text));
        }
        Ok(Cells(cells))
    }
}

fn split(text: &str) -> impl Iterator<Item = String> {
    text.split([' ', ',', '\t', '\n']).filter(|part| !part.is_empty()).map(str::to_owned)
}

/// A rule whose condition is SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CompiledRule {
    pub(super) name: String,
    pub(super) condition: String,
    pub(super) words: BTreeSet<String>,
    /// The condition in the words of the sync file or the preset.
    pub(super) told: String,
    /// From the sync file, rather than from a preset.
    pub(super) is_own: bool,
}

/// An ordered list of rules that were all found to be sound, and the name for customers that none of them matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    compiled: Vec<CompiledRule>,
    fallback: String,
    bins: u8,
}

impl Rules {
    /// Compiles the rules of the sync file, followed by those of a preset, for scores of 1 to `bins`.
    ///
    /// # Errors
    /// Everything that is wrong with them, not only the first.
    pub fn new(own: &[SegmentRule], preset: Option<&str>, fallback: &str, bins: u8) -> Result<Self, Vec<RuleProblem>> {
        let mut compiled = Vec::new();
        let mut problems = Vec::new();
        for (number, rule) in own.iter().enumerate() {
            match compile(rule, bins, true) {
                Ok(rule) => compiled.push(rule),
                Err((field, kind)) => problems.push(RuleProblem { key: format!("segments[{number}].{field}"), kind }),
            }
        }
        if let Some(preset) = preset {
            match preset_rules(preset, bins) {
                Ok(rules) => compiled.extend(rules.iter().filter_map(|rule| compile(rule, bins, false).ok())),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(Self { compiled, fallback: fallback.to_owned(), bins }) } else { Err(problems) }
    }

    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.compiled.is_empty()
    }

    /// One SQL expression that gives a customer's segment.
    pub fn case_expression(&self) -> String {
        let mut sql = String::from("case");
        for rule in &self.compiled {
            let _ = write!(sql, "\n        when {} then {}", rule.condition, text_literal(&rule.name));
        }
        let _ = write!(sql, "\n        else {}\n    end", text_literal(&self.fallback));
        sql
    }

    /// The words in all conditions that can be attribute columns.
    pub fn words(&self) -> BTreeSet<String> {
        self.compiled.iter().flat_map(|rule| rule.words.iter().cloned()).collect()
    }

    /// All names that `segment` can have, in the order of the rules, the fallback last.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.compiled.iter().map(|rule| &rule.name).chain([&self.fallback]) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// All names that `segment` can have, in that order, each with its condition.
    pub fn told(&self) -> Vec<(String, String)> {
        let condition = |name: &str| {
            let rules = self.compiled.iter().filter(|rule| rule.name == name);
            let mut conditions: Vec<&str> = rules.map(|rule| rule.told.as_str()).collect();
            if name == self.fallback {
                conditions.push("everybody else");
            }
            conditions.join("; or ")
        };
        self.names().into_iter().map(|name| (name.clone(), condition(&name))).collect()
    }

    /// What tells which rules no cell reaches, and which cells are left to the fallback.
    pub fn coverage(&self) -> Coverage {
        Coverage::new(&self.compiled, self.bins)
    }
}

fn compile(rule: &SegmentRule, bins: u8, is_own: bool) -> Result<CompiledRule, (&'static str, RuleProblemKind)> {
    let name = rule.name.trim().to_owned();
    if name.is_empty() {
        return Err(("name", RuleProblemKind::NoName));
    }
    let (condition, words) = match (&rule.when, &rule.cells) {
        (Some(when), None) => match expression::words(when) {
            Ok(words) => (format!("({})", when.trim()), words),
            Err(reason) => return Err(("when", RuleProblemKind::Expression { name, reason })),
        },
        (None, Some(cells)) => compile_cells(cells, bins).map_err(|kind| ("cells", kind))?,
        (when, _) => return Err(("when", RuleProblemKind::OneCondition { name, both: when.is_some() })),
    };
    let told = rule.told();
    Ok(CompiledRule { name, condition, words, told, is_own })
}

/// Plain cells become one list, which is quicker to look through than one condition each.
fn compile_cells(cells: &Cells, bins: u8) -> Result<(String, BTreeSet<String>), RuleProblemKind> {
    let mut plain = Vec::new();
    let mut conditions = Vec::new();
    for text in &cells.0 {
        let pattern = CellPattern::parse(text, bins)
            .map_err(|reason| RuleProblemKind::Pattern { pattern: text.clone(), reason })?;
        match pattern.single_cell() {
            Some(cell) => plain.push(text_literal(&cell)),
            None => conditions.push(format!("({})", pattern.condition())),
        }
    }
    if !plain.is_empty() {
        conditions.insert(0, format!("rfm_cell in ({})", plain.join(", ")));
    }
    if conditions.is_empty() {
        return Err(RuleProblemKind::Pattern { pattern: String::new(), reason: "the list is empty".to_owned() });
    }
    let words = ["rfm_cell", "r_score", "f_score", "m_score"].map(str::to_owned).into();
    Ok((format!("({})", conditions.join(" or ")), words))
}

/// A text as an SQL literal.
pub(super) fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(toml: &str) -> Vec<SegmentRule> {
        #[derive(Deserialize)]
        struct File {
            segments: Vec<SegmentRule>,
        }
        toml::from_str::<File>(toml).unwrap().segments
    }

    #[test]
    fn rules_become_one_case_with_the_fallback_last() {
        let own = rules(
            "[[segments]]\nname = \"Can't Lose Them\"\ncells = \"155 15x\"\n\
             [[segments]]\nname = \"Late\"\nwhen = \"lateness_ratio > 2\"",
        );
        let compiled = Rules::new(&own, None, "Other", 5).unwrap();
        assert_eq!(
            compiled.case_expression(),
            "case\n        when (rfm_cell in ('155') or (r_score = 1 and f_score = 5)) then 'Can''t Lose Them'\
             \n        when (lateness_ratio > 2) then 'Late'\n        else 'Other'\n    end"
        );
        assert_eq!(compiled.names(), ["Can't Lose Them", "Late", "Other"]);
        assert!(compiled.words().contains("lateness_ratio"));
        let told = [
            ("Can't Lose Them", "rfm_cell is one of 155, 15x"),
            ("Late", "lateness_ratio > 2"),
            ("Other", "everybody else"),
        ];
        assert_eq!(compiled.told(), told.map(|(name, told)| (name.to_owned(), told.to_owned())));
    }

    #[test]
    fn cells_are_one_text_or_a_list() {
        let own = rules(
            "[[segments]]\nname = \"a\"\ncells = \"155, 3xx\"\n[[segments]]\nname = \"b\"\ncells = [\"155\", \"3xx\"]",
        );
        assert_eq!(own[0].cells, own[1].cells);
    }

    #[test]
    fn own_rules_come_before_those_of_the_preset() {
        let own = rules("[[segments]]\nname = \"VIP\"\nwhen = \"monetary > 10000\"");
        let compiled = Rules::new(&own, Some("grid6"), "Other", 6).unwrap();
        assert_eq!(compiled.names()[..2], ["VIP", "Best, active"]);
        assert_eq!(compiled.names().len(), 11);
    }

    #[test]
    fn every_broken_rule_is_reported_with_its_key() {
        let own = rules(
            "[[segments]]\nname = \"a\"\ncells = \"9xx\"\n[[segments]]\nname = \"b\"\nwhen = \"(r_score\"\n\
             [[segments]]\nname = \" \"\nwhen = \"true\"\n[[segments]]\nname = \"d\"",
        );
        let problems = Rules::new(&own, Some("clasic"), "Other", 5).unwrap_err();
        let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(
            keys,
            [
                "segments[0].cells",
                "segments[1].when",
                "segments[2].name",
                "segments[3].when",
                "attributes.rfm.segments"
            ]
        );
    }

    #[test]
    fn an_unknown_key_of_a_rule_is_an_error() {
        assert!(toml::from_str::<SegmentRule>("name = \"a\"\nif = \"true\"").is_err());
    }
}
