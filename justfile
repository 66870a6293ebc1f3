# One profile for everything, so that DuckDB's C++ is compiled once: nothing here passes --release or --features. Fuzzing has
# one of its own, and takes DuckDB from there.
# `just --list` shows the recipes.

# All that a change must pass, in the order in which mistakes are cheapest to find.
check: fmt-check lint test

# Compiles, without warnings.
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Runs all tests, or those whose name holds NAME.
test *NAME:
    cargo test --workspace {{NAME}}

# Lets chaos loose on the connectors for so many runs (docs/testing.md).
chaos RUNS="10000":
    LAPWING_CHAOS_RUNS={{RUNS}} cargo test --test chaos whatever -- --nocapture

# Fuzzes a target by coverage for so many seconds, such as sync_file::text (docs/testing.md).
fuzz TARGET SECONDS="900":
    .ci/fuzz {{TARGET}} {{SECONDS}}

# Runs lapwing: `just run plan sync.example.toml`.
run *ARGS:
    cargo run -- {{ARGS}}

# Runs the benches, or those whose name holds NAME.
bench *NAME:
    cargo bench --workspace --profile dev -- {{NAME}}

# Formats everything.
fmt:
    cargo fmt --all

# Says what is not formatted.
fmt-check:
    cargo fmt --all --check

# Licences, advisories, sources and bans of all dependencies (cargo install cargo-deny).
deny:
    cargo deny check

# Accepts the snapshots that tests have written anew, after a look at each (cargo install cargo-insta).
review:
    cargo insta review
