//! Guards the order of the floors, and what may be named where. When a test fails here, move the code, not the border.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic anywhere")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Floors from the ground up (docs/adr/0001, one by one), each with the modules of the root crate that stand there. A
/// module may name its own floor and lower ones.
const FLOORS: &[&[&str]] = &[
    &["config"],
    &["engine"],
    &["exports"],
    &["segments"],
    &["attributes"],
    &["ledger"],
    &["plan"],
    &["delivery", "readback"],
    &["registry"],
    &["cli", "commands", "report", "main", "lib"],
];

/// Files that name a connector, the HTTP crate or the sandbox.
const CONNECTORS_NAMED_IN: &[&str] = &[
    "src/registry.rs",
    "src/commands/sandbox.rs",     // serves a fake
    "src/commands/plan.rs",        // sums up what a fake holds
    "src/commands/connections.rs", // hands the retry settings on
    "src/report/log.rs",           // keeps the wire's own lines out of the log
];

/// Files that ask the system for the time, or wait by its clock. Everything else is given a clock.
const CLOCK_ASKED_IN: &[&str] = &[
    "connectors/http/src/clock.rs", // the system's clock, behind the trait
    "src/commands/connections.rs",  // the label of a run's files
    "src/commands/explain.rs",      // which pauses are over
    "src/commands/send.rs",         // how long a sync took
    "src/commands/rejections.rs",   // which pauses are over
    "src/commands/run.rs",          // when a run ended
    "src/commands/validate.rs",     // any time will do
    "src/commands/workbench.rs",    // when a run started; waiting for the lock
    "src/engine/watch.rs",          // the time limit of statements
    "src/report/progress.rs",       // bars move while people watch
];

/// The longest file, in lines.
const LONGEST: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A Rust file: its path from the root, and its text without comments and without its own tests.
struct File {
    path: String,
    lines: usize,
    code: String,
}

fn files_below(folder: &str) -> Vec<File> {
    let mut files = Vec::new();
    collect(&root().join(folder), &mut files);
    files.sort();
    files.iter().map(|path| read(path)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn read(path: &Path) -> File {
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
    let code = code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let path = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
    File { path, lines: text.lines().count(), code }
}

/// The program itself: the root crate and the connectors, without tests.
fn program() -> Vec<File> {
    let mut files = files_below("src");
    for connector in connectors() {
        files.extend(files_below(&format!("connectors/{connector}/src")));
    }
    files.retain(|file| !file.path.contains("/tests/") && !file.path.ends_with("/tests.rs"));
    files
}

fn connectors() -> Vec<String> {
    let folders = std::fs::read_dir(root().join("connectors")).unwrap();
    let folders = folders.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn floor_of(module: &str) -> Option<usize> {
    FLOORS.iter().position(|modules| modules.contains(&module))
}

fn module_of(path: &str) -> &str {
    let below = path.strip_prefix("src/").unwrap();
    below.split('/').next().unwrap().trim_end_matches(".rs")
}

/// The modules of the root crate that a file names, as `crate::name` or in `use crate::{name, …}`.
fn named_modules(code: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(group) => {
                let mut depth = 0;
                let outer: String = group
                    .chars()
                    .take_while(|character| {
                        depth += i32::from(*character == '{') - i32::from(*character == '}');
                        depth >= 0
                    })
                    .collect();
                named.extend(outer_names(&outer));
            }
            None => named.extend(first_word(after)),
        }
    }
    named
}

/// The first words of the outermost entries of a `{…}` group.
fn outer_names(group: &str) -> Vec<String> {
    let mut depth = 0;
    let entries = group.split(|character| {
        depth += i32::from(character == '{') - i32::from(character == '}');
        character == ',' && depth == 0
    });
    entries.filter_map(|entry| first_word(entry.trim())).collect()
}

fn first_word(text: &str) -> Option<String> {
    let word: String = text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect();
    (!word.is_empty()).then_some(word)
}

#[test]
fn modules_depend_on_lower_floors_only() {
    let mut upward = Vec::new();
    for file in files_below("src") {
        let own = module_of(&file.path);
        let floor = floor_of(own).unwrap_or_else(|| panic!("{}: give the module `{own}` a floor", file.path));
        for named in named_modules(&file.code).into_iter().filter(|named| named != own) {
            // What is no module is something that lib.rs itself declares; it declares nothing else.
            let Some(other) = floor_of(&named) else { panic!("{}: `{named}` has no floor", file.path) };
            if other > floor {
                upward.push(format!("{} names `{named}`", file.path));
            }
        }
    }
    assert!(upward.is_empty(), "{upward:#?}");
}

#[test]
fn every_module_of_the_library_has_a_floor() {
    let library = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for line in library.lines().filter_map(|line| line.strip_prefix("pub mod ")) {
        let module = line.trim_end_matches(';');
        assert!(floor_of(module).is_some(), "{module}");
    }
}

#[test]
fn connectors_are_named_in_the_registry() {
    let crates = connectors().into_iter().filter(|name| name != "contract");
    let crates: Vec<String> = crates.map(|name| format!("lapwing_{}", name.replace('-', "_"))).collect();
    for file in files_below("src") {
        let named = crates.iter().find(|name| file.code.contains(name.as_str()));
        let allowed = CONNECTORS_NAMED_IN.contains(&file.path.as_str());
        assert!(allowed || named.is_none(), "{} names {}", file.path, named.unwrap());
    }
}

#[test]
fn only_the_engine_knows_duckdb() {
    for file in program() {
        assert!(file.path.starts_with("src/engine/") || !file.code.contains("duckdb::"), "{}", file.path);
    }
}

#[test]
fn connectors_are_strangers_to_each_other_and_to_duckdb() {
    let shared = ["contract", "http"];
    for connector in connectors() {
        let manifest = std::fs::read_to_string(root().join(format!("connectors/{connector}/Cargo.toml"))).unwrap();
        let mut section = "";
        for line in manifest.lines().map(str::trim) {
            if line.starts_with('[') {
                section = line;
            }
            let name = line.split(['.', '=', ' ']).next().unwrap();
            assert!(!name.starts_with("duckdb"), "connectors/{connector} depends on {name}");
            // The sandbox holds the fakes that tests play with.
            let of_tests = section == "[dev-dependencies]" && name == "lapwing-sandbox";
            if section.contains("dependencies") && !of_tests {
                let ours = name.strip_prefix("lapwing-");
                assert!(ours.is_none_or(|ours| shared.contains(&ours)), "connectors/{connector} depends on {name}");
            }
        }
    }
}

#[test]
fn no_module_is_a_drawer_for_everything() {
    for file in program() {
        let drawers = ["utils", "util", "common", "helpers", "misc", "types"];
        let parts: Vec<&str> = file.path.split(['/', '.']).collect();
        assert!(!parts.iter().any(|part| drawers.contains(part)), "{}", file.path);
    }
}

#[test]
fn files_stay_short() {
    let mut files = program();
    files.extend(["tests", "fuzz"].into_iter().flat_map(files_below));
    for file in files {
        assert!(file.lines <= LONGEST, "{} has {} lines: split it", file.path, file.lines);
    }
}

#[test]
fn the_clock_is_asked_where_it_is_allowed() {
    let asking = ["Utc::now", "Local::now", "Instant::now", "SystemTime::now", "time::sleep(", "thread::sleep("];
    for file in program() {
        let found = asking.iter().find(|word| file.code.contains(**word));
        let allowed = CLOCK_ASKED_IN.contains(&file.path.as_str());
        assert!(allowed || found.is_none(), "{} calls {}: pass a clock in", file.path, found.unwrap());
    }
}

#[test]
fn only_the_printer_prints() {
    let printing = ["println!", "print!(", "eprint!(", "stdout()", "stderr()"];
    for file in program().iter().filter(|file| !file.path.starts_with("src/report/")) {
        let found = printing.iter().find(|word| file.code.contains(**word));
        assert!(found.is_none(), "{} has {}", file.path, found.unwrap());
    }
}

#[test]
fn lists_of_exceptions_name_files_that_exist() {
    for path in CONNECTORS_NAMED_IN.iter().chain(CLOCK_ASKED_IN) {
        assert!(root().join(path).is_file(), "{path}");
    }
}

#[test]
fn grouped_imports_are_read() {
    let code = "use crate::{engine::{Session, Engine}, plan};\nuse crate::ledger::{self, Fold};\ncrate::config::x()";
    let named: Vec<String> = named_modules(code).into_iter().collect();
    assert_eq!(named, ["config", "engine", "ledger", "plan"]);
}
