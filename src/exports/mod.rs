//! Exports: files of a warehouse become the canonical relations that attributes are computed from.
//!
//! * **Promise**: after [`bind`], the engine has one relation a mapped export (`customers`, `orders`, `order_lines`,
//!   `products`, `messages`, `events`) with the canonical columns in their canonical types, without rows later than
//!   `as_of`, without rows that fail an input check, and with unique keys. Rows that fail are counted by export and
//!   reason in the [`InputReport`]; nothing is dropped in silence.
//! * **Inputs**: the `[exports.*]` tables: files, folders or globs in Parquet, CSV or JSON, also compressed, and SQL
//!   expressions that map their columns. Orders are derived from order lines where only lines are given.
//! * **Outputs**: the relations, in the engine; the report; the list of files with size and time, for fingerprints.
//! * **Reach**: only regular files below the [`Roots`] are opened, wherever a path of the sync file points.
//! * **Errors**: [`ExportError`] names export, file or column, and the fix: missing, empty, truncated files, files of
//!   another schema, expressions that don't bind, and more bad rows than `max_bad_rows_pct` allows.

mod bind;
mod binding_error;
mod casts;
mod checks;
mod derived;
mod error;
mod files;
mod mapping;
mod reading;
mod relation;
mod report;
mod roots;
mod rows;
mod typing;

pub use bind::{CsvOptions, Export, bind, bind_shapes, list_files};
pub use error::ExportError;
pub use files::InputFile;
pub use relation::{CanonicalColumn, Relation};
pub use report::{InputReport, RelationReport};
pub use roots::Roots;
