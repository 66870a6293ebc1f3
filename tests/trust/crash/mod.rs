//! Deaths of the real binary, wherever and however: the next run makes the vendors equal to the snapshot, sends nothing
//! again that was confirmed, and doubles no row.

mod campaign;
mod deaths;
mod full_disk;
mod growth;
mod places;
mod shop;
mod witness;

pub(crate) use shop::Ended;
