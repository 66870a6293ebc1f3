//! Which rules no cell reaches, and which cells are left to the fallback.
//!
//! The rules are tried on every cell of the grid that they can tell apart. A condition is SQL, so an SQL engine has to
//! try it: this module writes the query and reads its result.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::rule::CompiledRule;

/// The columns that follow from a cell alone. A rule that mentions any other column cannot be tried on cells.
const GRID_COLUMNS: [&str; 6] = ["r_score", "f_score", "m_score", "fm_score", "fxm_score", "rfm_cell"];

/// A query that tries the rules on all cells, and what is needed to read its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Gives (`cell` text, `rule_number` whole number) for each cell; rule number 0 is the fallback. Needs the
    /// macros of the dialect, no relation and no parameter. At most 6561 rows.
    pub sql: String,
    rules: Vec<JudgedRule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct JudgedRule {
    name: String,
    is_own: bool,
    is_judged: bool,
}

/// What trying the rules on all cells found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CoverageReport {
    /// Rules of the sync file that no cell reaches, because rules above them take all of theirs, or they have none.
    pub unreached: Vec<String>,
    /// Cells that no rule matches: `155`, or `2xx fxm_score 3`, where x stands for any score.
    pub uncovered: Vec<String>,
    /// Rules that depend on more than scores: they can neither be called unreached nor trusted to cover a cell.
    pub unjudged: Vec<String>,
}

impl Coverage {
    pub(super) fn new(rules: &[CompiledRule], bins: u8) -> Self {
        let is_judged = |rule: &CompiledRule| rule.words.iter().all(|word| GRID_COLUMNS.contains(&word.as_str()));
        let mut words = BTreeSet::new();
        let mut cases = String::new();
        for (position, rule) in rules.iter().enumerate().filter(|(_, rule)| is_judged(rule)) {
            words.extend(rule.words.iter().map(String::as_str));
            let _ = write!(cases, "\n        when {} then {}", rule.condition, position + 1);
        }
        // Without a single case there is nothing between `case` and `else`, which SQL does not allow.
        if cases.is_empty() {
            cases += "\n        when 1 = 0 then 0";
        }
        let sql = format!(
            "{}\nselect\n    cell,\n    case{cases}\n        else 0\n    end as rule_number\nfrom grid\norder by cell asc nulls last",
            grid(&words, bins)
        );
        let rules = rules
            .iter()
            .map(|rule| JudgedRule { name: rule.name.clone(), is_own: rule.is_own, is_judged: is_judged(rule) })
            .collect();
        Self { sql, rules }
    }

    /// Reads the rows of the query.
    pub fn report(&self, rows: impl IntoIterator<Item = (String, i64)>) -> CoverageReport {
        let mut reached = BTreeSet::new();
        let mut uncovered = Vec::new();
        for (cell, rule_number) in rows {
            match usize::try_from(rule_number).ok().and_then(|number| number.checked_sub(1)) {
                Some(position) => _ = reached.insert(position),
                None => uncovered.push(cell),
            }
        }
        let names = |wanted: &dyn Fn(usize, &JudgedRule) -> bool| {
            self.rules
                .iter()
                .enumerate()
                .filter(|(position, rule)| wanted(*position, rule))
                .map(|(_, rule)| rule.name.clone())
                .collect()
        };
        CoverageReport {
            // a preset's rule behind one's own may well be out of reach: that is what own rules are for
            unreached: names(&|position, rule| rule.is_own && rule.is_judged && !reached.contains(&position)),
            unjudged: names(&|_, rule| !rule.is_judged),
            uncovered,
        }
    }
}

/// The cells of the grid, on those axes only that the rules look at. fxm_score follows from f and m only together with
/// the data, so it is an axis of its own, with each of its values possible in each cell.
fn grid(words: &BTreeSet<&str>, bins: u8) -> String {
    let mentions = |columns: &[&str]| columns.iter().any(|column| words.contains(column));
    let r = mentions(&["r_score", "rfm_cell"]);
    let f = mentions(&["f_score", "fm_score", "rfm_cell"]);
    let m = mentions(&["m_score", "fm_score", "rfm_cell"]);
    let fxm = mentions(&["fxm_score"]);
    let scores: Vec<String> = (1..=bins).map(|score| format!("select {score} as score")).collect();
    let axes = [(r, "r_score"), (f, "f_score"), (m, "m_score"), (fxm, "fxm_score")];
    let columns: Vec<String> = axes
        .iter()
        .map(
            |(used, name)| {
                if *used { format!("{name}.score as {name}") } else { format!("cast(null as integer) as {name}") }
            },
        )
        .collect();
    let mut from: Vec<String> =
        axes.iter().filter(|(used, _)| *used).map(|(_, name)| format!("scores as {name}")).collect();
    if from.is_empty() {
        from.push("(select 1 as one) as nothing".to_owned());
    }
    let digit = |(used, name): &(bool, &str)| {
        if *used { format!("cast({name} as varchar(1))") } else { "'x'".to_owned() }
    };
    let mut cell: Vec<String> = axes[..3].iter().map(digit).collect();
    if fxm {
        cell.push("' fxm_score ' || cast(fxm_score as varchar(1))".to_owned());
    }
    format!(
        "with\nscores as ({}),\naxes as (\n    select {}\n    from {}\n),\ngrid as (\n    select\n        *,\n        \
         whole_quotient(f_score + m_score + 1, 2) as fm_score,\n        \
         cast(r_score * 100 + f_score * 10 + m_score as varchar(3)) as rfm_cell,\n        {} as cell\n    from axes\n)",
        scores.join(" union all "),
        columns.join(", "),
        from.join(" cross join "),
        cell.join(" || ")
    )
}

#[cfg(test)]
mod tests {
    use super::super::{Rules, SegmentRule};

    fn rule(name: &str, when: &str) -> SegmentRule {
        SegmentRule { name: name.to_owned(), when: Some(when.to_owned()), cells: None }
    }

    #[test]
    fn unreached_rules_and_uncovered_cells_are_named() {
        let rules = [rule("new", "r_score = 2"), rule("same", "r_score = 2"), rule("late", "lateness_ratio > 1")];
        let coverage = Rules::new(&rules, None, "Other", 2).unwrap().coverage();
        let report = coverage.report([("1xx".to_owned(), 0), ("2xx".to_owned(), 1)]);
        assert_eq!(report.unreached, ["same"]);
        assert_eq!(report.uncovered, ["1xx"]);
        assert_eq!(report.unjudged, ["late"]);
    }

    #[test]
    fn a_rule_on_other_columns_is_not_in_the_query() {
        let rules = [rule("late", "lateness_ratio > 1")];
        let coverage = Rules::new(&rules, None, "Other", 5).unwrap().coverage();
        assert!(!coverage.sql.contains("lateness_ratio"));
    }

    #[test]
    fn only_axes_that_rules_look_at_are_walked() {
        let rules = [rule("best", "r_score = 5 and fxm_score = 5")];
        let sql = Rules::new(&rules, None, "Other", 5).unwrap().coverage().sql;
        assert!(sql.contains("from scores as r_score cross join scores as fxm_score\n"), "{sql}");
    }
}
