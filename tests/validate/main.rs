//! `lapwing validate` through the real binary: one story a kind of mistake, with all that a person gets to see.

mod connectors;
mod exports;
mod expressions;
mod formats;
mod names;
mod project;
mod segments;
mod unsupported;
