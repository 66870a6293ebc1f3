//! How many requests a fault may cost.

use crate::case::Case;
use crate::play::{Figures, Play, Story};

/// What the same case costs on a day on which nothing goes wrong.
pub(crate) fn without_faults(seed: u64) -> Figures {
    let mut play = Play::new(Case::of(seed).without_faults(), Story::default());
    play.rounds();
    play.ends_well();
    play.figures
}
