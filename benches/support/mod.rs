//! What the benches share: generated exports, a destination that answers at once, the way through the library, figures.
#![allow(dead_code, reason = "each bench uses its part")]

pub(crate) mod figures;
pub(crate) mod generated;
pub(crate) mod instant;
pub(crate) mod way;
