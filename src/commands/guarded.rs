//! Guards that somebody lets pass for one run.

use crate::plan::{GUARD_NAMES, GuardTrip};

use super::Failure;

/// Checks the names given to `--allow`.
pub(super) fn check_names(allow: &[String]) -> Result<(), Failure> {
    match allow.iter().find(|name| !GUARD_NAMES.contains(&name.as_str())) {
        Some(name) => {
            Err(Failure::usage(format!("there is no guard `{name}`"), format!("guards are {}", GUARD_NAMES.join(", "))))
        }
        None => Ok(()),
    }
}

/// The trips that are not allowed.
pub(super) fn standing(trips: Vec<GuardTrip>, allow: &[String]) -> Vec<GuardTrip> {
    trips.into_iter().filter(|trip| allow.iter().all(|name| name != trip.guard)).collect()
}

/// Whether a guard may pass in this run.
pub(super) fn is_allowed(allow: &[String], guard: &str) -> bool {
    allow.iter().any(|name| name == guard)
}
