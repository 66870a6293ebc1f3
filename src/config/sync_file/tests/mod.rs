//! The sync file as a whole: the design's example, every kind of mistake, and no panic on any input.

mod example;
mod support;
