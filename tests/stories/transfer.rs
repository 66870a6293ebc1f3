//! The ledger taken to another machine: what comes out is what went in, or nothing does.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::project::Project;

/// A project that has delivered, with a refusal, a list, a history of segments and values of many types.
fn delivered() -> Project {
    let mut project = Project::new();
    project.fields.push("last_name = \"upper(customer_id)\"".into());
    project.fields.push("total = \"CAST(frequency AS HUGEINT) * 10000000000000000000\"".into());
    project.fields.push("last_order = \"last_order_at\"".into());
    project.destination = vec!["connector = \"file\"".into(), "folder = \"out\"".into()];
    project.sync().ended(0);
    project
}

fn export(project: &Project) -> Json {
    project.lapwing(&["ledger", "export", "moved", "--json"]).ended(0).json()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_exported_ledger_goes_on_elsewhere_and_sends_nothing() {
    let mut project = delivered();
    let told = export(&project);
    assert_eq!((&told["runs"], &told["syncs"], &told["records"]), (&1.into(), &1.into(), &5.into()), "{told:#}");
    let files = names(&project.path().join("moved"));
    assert!(
        files.contains(&"manifest.json".to_owned()) && files.contains(&"confirmed_1.parquet".to_owned()),
        "{files:?}"
    );
    assert!(!files.iter().any(|name| name.starts_with("staged") || name.starts_with("plans")), "{files:?}");

    // Another machine: the folder alone.
    fs::remove_dir_all(project.state()).unwrap();
    let imported = project.lapwing(&["ledger", "import", "moved", "--json"]).ended(0).json();
    assert_eq!(imported, told);
    project.sync().ended(0).figures(&[("rows", 5), ("unchanged", 5), ("confirmed", 0)]);
    let status = project.lapwing(&["status", "--json"]).ended(0).json();
    let runs = status["runs"].as_array().unwrap().iter().map(|run| run["run_id"].as_u64().unwrap());
    assert_eq!(runs.collect::<Vec<_>>(), [2, 1], "the runs are counted on");
    project.customer("bob").orders.push((3, 1.0));
    project.sync().ended(0).figures(&[("changed", 1), ("confirmed", 1)]);
}

#[test]
fn what_was_imported_exports_to_the_same_files() {
    let project = delivered();
    export(&project);
    fs::remove_dir_all(project.state()).unwrap();
    project.lapwing(&["ledger", "import", "moved"]).ended(0);
    project.lapwing(&["ledger", "export", "again"]).ended(0);
    let [first, second] = ["moved", "again"].map(|folder| project.path().join(folder));
    assert_eq!(names(&first), names(&second));
    for name in names(&first) {
        assert!(fs::read(first.join(&name)).unwrap() == fs::read(second.join(&name)).unwrap(), "{name} differs");
    }
}

#[test]
fn a_ledger_that_knows_something_is_replaced_only_where_asked() {
    let mut project = delivered();
    export(&project);
    project.customer("bob").first_name = "Bobby".into();
    project.sync().ended(0).figures(&[("confirmed", 1)]);
    let refused = project.lapwing(&["ledger", "import", "moved"]).ended(2);
    assert!(refused.talk().contains("the ledger here is not empty: its latest run is 2"), "{}", refused.stderr);
    assert!(refused.talk().contains("--replace"), "{}", refused.stderr);
    project.sync().ended(0).figures(&[("unchanged", 5)]);
    project.lapwing(&["ledger", "import", "moved", "--replace"]).ended(0);
    project.sync().ended(0).figures(&[("changed", 1), ("confirmed", 1)]);
}

#[test]
fn a_file_that_was_touched_is_told_and_the_ledger_stays_as_it_was() {
    let project = delivered();
    export(&project);
    let folder = project.path().join("moved");
    let whole = fs::read(folder.join("confirmed_1.parquet")).unwrap();
    let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap();
    let refuses = |words: &str| {
        let refused = project.lapwing(&["ledger", "import", "moved", "--replace"]).ended(2);
        assert!(refused.talk().contains(words), "{words}?\n{}", refused.stderr);
        assert!(refused.talk().contains("help:"), "{}", refused.stderr);
    };
    let mut touched = whole.clone();
    touched[40] ^= 1;
    fs::write(folder.join("confirmed_1.parquet"), touched).unwrap();
    refuses("is not what was exported: its checksum is another");
    fs::remove_file(folder.join("confirmed_1.parquet")).unwrap();
    refuses("confirmed_1.parquet can't be read");
    fs::write(folder.join("confirmed_1.parquet"), whole).unwrap();
    for (was, is, words) in [
        ("\"rows\": 5", "\"rows\": 6", "it has another number of rows"),
        ("\"version\": 1", "\"version\": 9", "the export has version 9"),
        ("\"ledger_format\": ", "\"ledger_format\": 9", "the ledger has format 9"),
        ("\"confirmed_1\"", "\"../confirmed_1\"", "is no export of a ledger"),
        ("\"run_log\"", "\"ledger_format\"", "is not what was exported"),
        ("{", "[", "is no export of a ledger"),
    ] {
        assert!(manifest.contains(was), "{was}");
        fs::write(folder.join("manifest.json"), manifest.replacen(was, is, 1)).unwrap();
        if was == "\"run_log\"" {
            fs::copy(folder.join("run_log.parquet"), folder.join("ledger_format.parquet")).unwrap();
        }
        refuses(words);
    }
    project.sync().ended(0).figures(&[("unchanged", 5), ("confirmed", 0)]);
}

#[test]
fn a_refusal_from_before_there_were_pauses_is_tried_once_more_after_an_import() {
    let mut project = Project::new();
    project.customer("bob").first_name = "B".repeat(60);
    project.sync().ended(1).figures(&[("rejected", 1)]);
    let told = export(&project);
    let manifest = project.path().join("moved/manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let line = text.lines().find(|line| line.contains("ledger_format")).unwrap();
    fs::write(&manifest, text.replace(line, "  \"ledger_format\": 3,")).unwrap();
    fs::remove_file(project.state().join("ledger.duckdb")).unwrap();
    assert_eq!(project.lapwing(&["ledger", "import", "moved", "--json"]).ended(0).json(), told);
    project.sync().ended(1).figures(&[("unchanged", 4), ("rejected", 1)]);
}

#[test]
fn a_plan_under_way_stays_where_it_is_sent() {
    let project = delivered();
    export(&project);
    let mut other = Project::new();
    other.destination = vec!["connector = \"file\"".into(), "folder = \"out\"".into()];
    other.write();
    assert_eq!(other.lapwing_with(&["sync"], &[("FAILPOINTS", "written=return")]).exit, -1);
    let moved = project.path().join("moved").display().to_string();
    for arguments in [&["ledger", "export", "elsewhere"][..], &["ledger", "import", &moved, "--replace"]] {
        let refused = other.lapwing(arguments).ended(2);
        assert!(refused.talk().contains("an earlier run ended while it was sending"), "{}", refused.stderr);
        assert!(refused.talk().contains("`lapwing sync`"), "{}", refused.stderr);
    }
    other.sync().ended(0);
    other.lapwing(&["ledger", "export", "elsewhere"]).ended(0);
}

#[test]
fn an_export_needs_a_ledger_and_a_folder_of_its_own() {
    let project = Project::new();
    project.write();
    let refused = project.lapwing(&["ledger", "export", "moved"]).ended(2);
    assert!(refused.talk().contains("there is no ledger in"), "{}", refused.stderr);
    assert!(!project.state().exists(), "a look leaves nothing behind");
    project.sync().ended(0);
    let refused = project.lapwing(&["ledger", "export", "."]).ended(2);
    assert!(refused.talk().contains("is not empty") && refused.talk().contains("new or empty"), "{}", refused.stderr);
}
