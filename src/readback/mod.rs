//! Reading back: what destinations hold, compared with what the ledger has.
//!
//! * **Promise**: destinations are read and never written, page by page, so that memory is bounded; what a vendor may not
//!   show yet is waited for. [`verify`] changes nothing but temporary tables; [`adopt`] enters only what the ledger does
//!   not know.
//! * **Inputs**: the tables of a sync, its target, and the destination.
//! * **Outputs**: counts, and the differences staged for the ledger. No value leaves this module.
//! * **Errors**: [`ReadBackError`].

mod adopt;
mod pages;
mod verify;

pub use adopt::{Adoption, adopt};
pub use pages::{ReadBackError, Readable};
pub use verify::{Drifted, FieldDrift, verify};
