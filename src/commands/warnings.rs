//! What a run says about its input: rows that were set aside or lie ahead, attributes that could not be calculated, and
//! data that looks wrong.

use chrono::{DateTime, Utc};

use crate::config::diagnostics::{Diagnostic, Diagnostics};
use crate::config::sync_file::SyncFile;
use crate::exports::InputReport;

use super::input::Computed;
use super::places;

/// All warnings, those about the exports first.
pub(super) fn of_input(file: &SyncFile, computed: &Computed, as_of: DateTime<Utc>) -> Diagnostics {
    let mut warnings = bad_rows(file, &computed.report);
    warnings.extend(later_orders(file, &computed.report, as_of));
    warnings.extend(places::of_suspicions(file, &computed.suspicions));
    warnings.extend(places::of_attribute_warnings(file, &computed.warnings));
    warnings
}

/// A warning a relation for rows that were set aside.
fn bad_rows(file: &SyncFile, report: &InputReport) -> Diagnostics {
    let mut warnings = Diagnostics::new();
    for relation in report.relations.iter().filter(|relation| !relation.bad_rows.is_empty()) {
        let reasons: Vec<String> =
            relation.bad_rows.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        let message = format!(
            "export `{}`: {} of {} rows are set aside: {}",
            relation.relation,
            relation.bad_row_count(),
            relation.rows,
            reasons.join(", ")
        );
        warnings.push(at_export(file, relation.relation, Diagnostic::warning("bad-rows", message)));
    }
    warnings
}

/// A warning for orders that are not made yet. Where orders are derived, their lines tell it.
fn later_orders(file: &SyncFile, report: &InputReport, as_of: DateTime<Utc>) -> Option<Diagnostic> {
    let of_orders = |name: &&str| report.relations.iter().find(|found| found.relation == *name && found.later_rows > 0);
    let relation = ["orders", "order_lines"].iter().find_map(of_orders)?;
    let message = format!(
        "export `{}`: {} of {} rows are later than as_of ({} UTC) and do not count",
        relation.relation,
        relation.later_rows,
        relation.rows,
        as_of.format("%Y-%m-%d %H:%M")
    );
    let warning = Diagnostic::warning("later-orders", message)
        .with_hint("check the time zone and the clock of the export, and `as_of`, where it is set");
    Some(at_export(file, relation.relation, warning))
}

fn at_export(file: &SyncFile, relation: &str, warning: Diagnostic) -> Diagnostic {
    match file.export(relation) {
        Some(export) => warning.at(file.place(export.relation.span)),
        None => warning,
    }
}
