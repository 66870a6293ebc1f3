//! Rows that are missing: an export that was cut off has fewer than the last time.

use super::{FEWEST, GuardTrip, share_pct};
use crate::ledger::LastDelivery;

/// Compares the rows of the snapshot and of each export with those of the last run that delivered the sync. An export that
/// is new has nothing to be compared with.
pub(super) fn drops(last: &LastDelivery, rows: u64, exports: &[(String, u64)], limit_pct: f64) -> Vec<GuardTrip> {
    let snapshot = dropped("the snapshot", last.rows, rows, last.run_id, limit_pct);
    let of_exports = exports.iter().filter_map(|(export, rows)| {
        let (_, before) = last.exports.iter().find(|(name, _)| name == export)?;
        dropped(&format!("the export `{export}`"), *before, *rows, last.run_id, limit_pct)
    });
    snapshot.into_iter().chain(of_exports).collect()
}

fn dropped(what: &str, before: u64, now: u64, run_id: i64, limit_pct: f64) -> Option<GuardTrip> {
    let missing = before.saturating_sub(now);
    let share = share_pct(missing, before);
    let message =
        format!("{what} has {now} rows, and had {before} in run {run_id}: {share:.1} % fewer, more than {limit_pct} %");
    (missing >= FEWEST && share > limit_pct).then_some(GuardTrip { guard: "max_drop_pct", message })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trips(rows: u64, orders: u64) -> Vec<String> {
        let last = LastDelivery { run_id: 7, rows: 100, exports: vec![("orders".to_owned(), 1_000)] };
        let exports = [("customers".to_owned(), 3), ("orders".to_owned(), orders)];
        drops(&last, rows, &exports, 20.0).into_iter().map(|trip| trip.message).collect()
    }

    #[test]
    fn each_export_is_compared_with_itself() {
        assert_eq!(trips(100, 1_000), Vec::<String>::new());
        assert_eq!(trips(500, 800), Vec::<String>::new(), "more rows, and as many fewer as are allowed");
        assert_eq!(
            trips(79, 799),
            [
                "the snapshot has 79 rows, and had 100 in run 7: 21.0 % fewer, more than 20 %",
                "the export `orders` has 799 rows, and had 1000 in run 7: 20.1 % fewer, more than 20 %"
            ]
        );
    }

    #[test]
    fn a_few_rows_are_no_accident() {
        let last = LastDelivery { run_id: 1, rows: 9, exports: Vec::new() };
        assert_eq!(drops(&last, 0, &[], 20.0), []);
    }
}
