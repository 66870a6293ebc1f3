//! Stateful fakes of the vendors, fault scripts and the conformance suite.
//!
//! # Promise
//! A [`Sandbox`] behaves like one account at a vendor, as strict and as odd as the vendor is known to be: it keeps
//! state, validates, limits, runs jobs by the clock and forgets nothing between two runs. Whatever works against it
//! by accident is a bug of the sandbox. Facts about a vendor stand beside the code that acts them out, with their
//! source; what is only believed is marked *unverified*.
//!
//! The same requests at the same times give the same answers and ids: everything follows from the seed and the
//! injected [`Clock`](lapwing_contract::Clock).
//!
//! # Two faces
//! * [`InProcess`] is a [`Transport`](lapwing_http::Transport): no sockets, waits on the injected clock.
//! * [`serve`] listens on loopback, for `lapwing sandbox` and for other programs.
//!
//! Both go through [`Sandbox::exchange`], so that faults, log and state are the same with either. Beside the vendor's
//! own routes there are:
//!
//! | route | does |
//! |---|---|
//! | `GET /_sandbox/state?limit=` | the whole state as JSON, in a fixed order |
//! | `GET /_sandbox/requests?since=` | the latest requests, from the number after `since` |
//! | `GET`, `POST`, `DELETE /_sandbox/faults` | shows, extends, empties the [fault script](Fault) |
//! | `POST /_sandbox/reset` | empties the account, the log and the script |
//!
//! # Inputs and outputs
//! In: requests, faults, a folder to keep the state in. Out: answers, and the state as JSON for tests to look at.
//!
//! # Errors
//! [`SandboxError`] for the folder and the listening socket; what a vendor would answer is an answer, not an error.
//!
//! # Adding a vendor
//! One folder under `vendors/` that implements [`Vendor`], and one line in `vendors/mod.rs`.

pub mod conformance;
mod control;
mod error;
mod faults;
mod home;
mod ids;
mod in_process;
mod log;
#[cfg(feature = "openapi")]
pub mod openapi;
mod sandbox;
mod serve;
mod time;
mod vendor;
pub mod vendors;

pub use error::SandboxError;
pub use faults::{Action, Fault, JobFault, When};
pub use ids::Ids;
pub use in_process::InProcess;
pub use log::LoggedRequest;
pub use sandbox::{Sandbox, Settings};
pub use serve::{Served, serve};
pub use vendor::{Changed, Now, Replayed, Vendor};
