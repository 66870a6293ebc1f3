//! What comes from outside, spoiled in every way: nothing panics, nothing ends early, nothing is made up.
//!
//! Runs for seconds as a test. For longer: `PROPTEST_CASES=100000 cargo test --test fuzz answers`. A case that fails is
//! printed in its smallest form; add it to `corpus/`, from which each target starts.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic anywhere")]

mod answers;
mod cells;
mod spoil;
mod sync_file;
mod vendors;

use proptest::test_runner::Config;

/// So many cases, or as many as PROPTEST_CASES says.
fn cases(normally: u32) -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    Config { cases: asked.unwrap_or(normally), failure_persistence: None, ..Config::default() }
}

/// The texts of a folder of the corpus, in the order of their names.
fn corpus(folder: &str) -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}
