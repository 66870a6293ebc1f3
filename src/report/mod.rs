//! What people and scripts see: one printer owns the streams, and each kind of result has one file that lays it out.
//!
//! Results go to stdout, talk to stderr. With `--json`, stdout holds one JSON document and nothing else.

pub(crate) mod adopt_text;
pub(crate) mod attributes_text;
pub(crate) mod dictionary;
pub(crate) mod explain_json;
pub(crate) mod explain_text;
pub(crate) mod history_text;
mod log;
pub(crate) mod moves_text;
mod panic;
pub(crate) mod plan_json;
pub(crate) mod plan_text;
mod printer;
mod progress;
pub(crate) mod run_json;
pub(crate) mod run_text;
pub(crate) mod sample_text;
mod summary_text;
mod table;
pub(crate) mod verify_text;

pub(crate) use log::start_log;
pub use panic::keep_values_out_of_panics;
pub use printer::Printer;
pub(crate) use progress::Spinner;
pub(crate) use table::counted;
