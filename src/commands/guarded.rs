//! Guards that somebody lets pass for one run.

use crate::plan::GuardTrip;

use super::Failure;

/// The names that `--allow` takes.
const GUARDS: [&str; 5] = ["max_leave_pct", "max_change_pct", "max_reject_pct", "max_shift_points", "allow_empty"];

/// Checks the names given to `--allow`.
pub(super) fn check_names(allow: &[String]) -> Result<(), Failure> {
    match allow.iter().find(|name| !GUARDS.contains(&name.as_str())) {
        Some(name) => {
            Err(Failure::usage(format!("there is no guard `{name}`"), format!("guards are {}", GUARDS.join(", "))))
        }
        None => Ok(()),
    }
}

/// The trips that are not allowed.
pub(super) fn standing(trips: Vec<GuardTrip>, allow: &[String]) -> Vec<GuardTrip> {
    trips.into_iter().filter(|trip| allow.iter().all(|name| name != trip.guard)).collect()
}
