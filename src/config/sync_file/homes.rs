//! Where keys live, so that a key in the wrong table can be sent home.

const ROOT: &str = "the top of the file, above the first `[table]`";
const EXPORT: &str = "an `[exports.…]` table";
const ATTRIBUTES: &str = "`[attributes]`, above its packs";
const SYNC: &str = "`[[syncs]]`, above `[syncs.fields]`";
const FIELD: &str = "one field in `[syncs.fields]`: name = { from = \"…\", … }";
const GUARDS: &str = "`guards = { … }` in `[[syncs]]`";
const SCHEDULE: &str = "`schedule = { … }` in `[[syncs]]`";
const PACE: &str = "`pace = { … }` in `[destinations.…]`";
const DESTINATION: &str = "a `[destinations.…]` table";
const CSV: &str = "`csv = { … }` in `[exports.…]`";

/// Keys with one home only. `name`, `timezone` and `header` would fit several, or say little.
const HOMES: &[(&str, &str)] = &[
    ("version", ROOT),
    ("as_of", ROOT),
    ("segments_fallback", ROOT),
    ("excluded_statuses", ATTRIBUTES),
    ("columns", EXPORT),
    ("format", EXPORT),
    ("max_bad_rows_pct", EXPORT),
    ("csv", EXPORT),
    ("delimiter", CSV),
    ("connector", DESTINATION),
    ("pace", DESTINATION),
    ("sandbox", DESTINATION),
    ("requests_per_minute", PACE),
    ("audience", SYNC),
    ("destination", SYNC),
    ("guards", SYNC),
    ("limit", SYNC),
    ("lists", SYNC),
    ("object", SYNC),
    ("on_duplicate_key", SYNC),
    ("max_attempts", SYNC),
    ("on_leave", SYNC),
    ("order_by", SYNC),
    ("schedule", SYNC),
    ("cron", SCHEDULE),
    ("max_leave_pct", GUARDS),
    ("max_change_pct", GUARDS),
    ("max_reject_pct", GUARDS),
    ("max_shift_points", GUARDS),
    ("allow_empty", GUARDS),
    ("from", FIELD),
    ("tolerance", FIELD),
    ("trigger", FIELD),
    ("null", FIELD),
    ("write", FIELD),
];

/// The table that a key belongs to, where there is one only.
pub(super) fn home_of(key: &str) -> Option<&'static str> {
    HOMES.iter().find(|(known, _)| *known == key).map(|(_, home)| *home)
}

/// Whether a key belongs directly to `[[syncs]]`.
pub(super) fn is_sync_key(key: &str) -> bool {
    home_of(key) == Some(SYNC)
}
