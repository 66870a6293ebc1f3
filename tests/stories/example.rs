//! The sample that comes along does what README and docs show.

use std::collections::BTreeSet;
use std::path::Path;

use crate::project::Project;

const FILE: &str = "sync.example.toml";

/// The example in a folder of its own, so that its ledger and its files are new.
fn example() -> Project {
    let project = Project::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::copy(root.join(FILE), project.path().join(FILE)).unwrap();
    let exports = project.path().join("examples/journey");
    std::fs::create_dir_all(&exports).unwrap();
    for file in std::fs::read_dir(root.join("examples/journey")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), exports.join(file.file_name())).unwrap();
    }
    project
}

/// The output that a page shows below the command and that starts like this; where it ends in an ellipsis, the start of it.
fn shown<'a>(page: &'a str, command: &str, start: &str) -> &'a str {
    let opening = format!("```console\n$ {command}\n");
    let mut blocks = page.split(opening.as_str()).skip(1);
    let block = blocks.find(|block| block.starts_with(start)).unwrap_or_else(|| panic!("{command} is not shown"));
    block.split("```").next().unwrap().trim_end_matches("…\n")
}

#[test]
fn two_runs_say_what_readme_shows() {
    let (project, page) = (example(), include_str!("../../README.md"));
    for run in 1..=2 {
        let said = project.lapwing(&["sync", FILE]).ended(0).stdout;
        assert!(said.starts_with(shown(page, "cargo run -- sync sync.example.toml", &format!("Run {run},"))), "{said}");
    }
}

#[test]
fn the_attributes_are_summed_up_as_the_docs_show() {
    let said = example().lapwing(&["attributes", FILE]).ended(0).stdout;
    let page = include_str!("../../docs/cli.md");
    assert!(said.starts_with(shown(page, "lapwing attributes sync.example.toml", "85 attributes")), "{said}");
    assert!(said.ends_with("\nWhat each of them means: lapwing dictionary --all sync.example.toml\n"), "{said}");
}

#[test]
fn every_pack_delivers_a_column() {
    let project = example();
    let told = project.lapwing(&["dictionary", FILE, "--format", "csv"]).ended(0).stdout;
    let mut rows = csv::Reader::from_reader(told.as_bytes());
    let column = rows.headers().unwrap().iter().position(|name| name == "pack").unwrap();
    let delivered: BTreeSet<String> = rows
        .records()
        .flat_map(|row| row.unwrap()[column].split(", ").map(str::to_owned).collect::<Vec<_>>())
        .filter(|pack| !["", "customers"].contains(&pack.as_str()))
        .collect();
    project.lapwing(&["dictionary", "--all", "--output", "."]).ended(0);
    let pages =
        std::fs::read_dir(project.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let packs: BTreeSet<String> =
        pages.filter_map(|page| page.strip_suffix(".md").filter(|name| *name != "README").map(str::to_owned)).collect();
    assert_eq!(delivered, packs);
}
