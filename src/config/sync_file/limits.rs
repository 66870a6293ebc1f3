//! Bounds. Sync files can come from a stranger's pull request; none of these is met by an honest one.

/// The largest sync file or secret file, in bytes.
pub const FILE_BYTES: usize = 1024 * 1024;
/// [`FILE_BYTES`] for messages.
pub(super) const FILE_BYTES_WORDS: &str = "1 MiB";
/// The most syntax errors that are reported; the later ones are mostly caused by the first.
pub(super) const SYNTAX_ERRORS: usize = 20;
/// The most syncs.
pub const SYNCS: usize = 200;
/// The most destinations.
pub const DESTINATIONS: usize = 100;
/// The most segments.
pub const SEGMENTS: usize = 200;
/// The most custom attributes.
pub const CUSTOM_ATTRIBUTES: usize = 200;
/// The most mapped fields of one sync.
pub const FIELDS: usize = 500;
/// The most entries in any list of names or paths.
pub const LIST_ENTRIES: usize = 1000;
/// The most wildcards in one path.
pub const WILDCARDS: usize = 8;
/// The longest text of any value, in bytes.
pub const TEXT_BYTES: usize = 64 * 1024;
/// The longest name of a sync, destination or segment, in characters.
pub const NAME_CHARS: usize = 100;
/// The most rows of a sync with `mode = "list"`: their order is known as a whole.
pub(super) const LIST_ROWS: u64 = 50_000;
