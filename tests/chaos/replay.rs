//! The same seed is the same run, to the byte.

use crate::case::Case;
use crate::play::{Play, Story};

fn requests(seed: u64) -> String {
    let mut play = Play::new(Case::of(seed), Story::default());
    play.rounds();
    serde_json::to_string(&play.requests()).unwrap()
}

#[test]
fn a_seed_makes_the_same_requests_every_time() {
    for seed in 0..12 {
        let (first, second) = (requests(seed), requests(seed));
        assert!(first.len() > 1_000, "seed {seed} asks for something");
        assert!(first == second, "seed {seed} is another run the second time");
    }
}
