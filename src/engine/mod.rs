//! The seam in front of the analytical engine: DuckDB today, a distributed engine beside it later.
//!
//! * **Promise**: all analytical work goes through [`Engine::run`]: statements with bound parameters go in, rows and
//!   typed pages come out. DuckDB's own types stay inside this folder. The engine lives on a thread of its own, so that
//!   no async task ever waits for a query while holding a thread of the runtime.
//! * **Inputs**: [`EngineOptions`] with the database file, the memory and thread limits, and the folders that
//!   statements may read. Everything else on the machine is out of reach: external access is switched off, extensions
//!   can't be loaded, and the configuration is locked before the first statement of a user runs.
//! * **Outputs**: what the work returns. Nothing here collects all rows of a relation; [`Session::page`] hands out
//!   bounded pages.
//! * **Errors**: [`EngineError`], sorted by what one can do about it. Texts of failures that DuckDB meets while it
//!   reads rows are replaced, because they quote values.
//! * **Cancellation**: dropping the future of [`Engine::run`] gives up on the answer, not on the work: the statement
//!   ends on the engine's thread.

mod actor;
mod duckdb;
mod error;
mod error_text;
mod expression;
mod functions;
mod identifier;
mod options;
mod param;
mod transaction;
mod values;

pub use actor::Engine;
pub use duckdb::{ColumnInfo, Page, Row, Session};
pub use error::{EngineError, EngineErrorKind};
pub use expression::{Aggregate, Expression, ExpressionProblem};
pub use identifier::{quote_identifier, quote_literal, timestamp_literal};
pub use options::EngineOptions;
pub use param::Param;
pub use values::field_type;
