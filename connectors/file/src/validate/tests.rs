use lapwing_contract::{FieldSpec, FieldType, Severity};

use super::*;

fn field(name: &str) -> FieldSpec {
    FieldSpec::new(name, FieldType::Text)
}

fn target(sync: &str, object: &str, fields: &[&str]) -> Target {
    Target::new(sync, object, field("email"), fields.iter().map(|name| field(name)).collect())
}

fn config(text: &str) -> Config {
    toml::from_str(text).unwrap()
}

fn codes(config: &Config, targets: &[Target]) -> Vec<&'static str> {
    findings(config, targets).iter().map(|finding| finding.code).collect()
}

#[test]
fn a_plain_configuration_has_no_findings() {
    let targets = [target("a", "contacts", &["segment", "change"]), target("b", "Kündigungen_2", &["segment"])];
    assert!(findings(&config(r#"folder = "out/crm""#), &targets).is_empty());
    assert!(findings(&config(r#"folder = "/var/lib/../spool""#), &targets).is_empty());
    assert!(findings(&config(r#"folder = "${OUT}""#), &targets).is_empty());
}

#[test]
fn a_folder_that_is_empty_at_home_or_outside_is_an_error() {
    for (folder, code) in [
        ("", "file-folder-empty"),
        ("~/out", "file-folder-home"),
        ("../out", "file-folder-outside"),
        ("out/../../x", "file-folder-outside"),
    ] {
        let found = findings(&config(&format!("folder = \"{folder}\"")), &[]);
        assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), [code], "{folder}");
        assert_eq!(found[0].path, ["folder"]);
        assert!(found[0].hint.is_some());
    }
}

#[test]
fn an_object_is_a_plain_file_name() {
    for good in ["contacts", "_x", "2024", "a.b-c_d", "Überfällig", &"x".repeat(100)] {
        assert!(is_object_name(good), "{good}");
    }
    for bad in [
        "",
        ".",
        "..",
        ".hidden",
        "-rf",
        "a/b",
        "a\\b",
        "../a",
        "/etc/passwd",
        "a b",
        "a~b",
        "a\0b",
        "a\nb",
        "C:x",
        "a*",
    ] {
        assert!(!is_object_name(bad), "{bad:?}");
        assert_eq!(codes(&config(r#"folder = "out""#), &[target("s", bad, &[])]), ["file-object-name"]);
    }
    assert!(!is_object_name(&"x".repeat(101)));
    assert!(!is_object_name(&"ü".repeat(51)), "the bound counts bytes, as file systems do");
}

#[test]
fn a_run_label_is_short_and_ascii() {
    assert!(is_run_label("20260102T030405Z-1a"));
    for bad in ["", "a/b", "ü", "a b", &"x".repeat(65)] {
        assert!(!is_run_label(bad), "{bad}");
    }
}

#[test]
fn two_syncs_do_not_share_an_object() {
    let targets = [target("first", "contacts", &[]), target("second", "Contacts", &[])];
    let found = findings(&config(r#"folder = "out""#), &targets);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, "file-object-shared");
    assert_eq!(found[0].sync.as_deref(), Some("second"));
    assert!(found[0].message.contains("`first`"), "{}", found[0].message);
}

#[test]
fn lists_and_if_empty_are_errors_with_their_place() {
    let mut with_lists = target("s", "contacts", &["segment"]);
    with_lists.lists = vec!["lapsed".into()];
    with_lists.fields[0].write = WritePolicy::IfEmpty;
    let found = findings(&config(r#"folder = "out""#), &[with_lists]);
    assert_eq!(
        found.iter().map(|f| (f.code, f.path.join("."))).collect::<Vec<_>>(),
        [("file-no-lists", "lists".to_owned()), ("file-if-empty", "fields.segment".to_owned())]
    );
}

#[test]
fn csv_columns_are_told_apart() {
    let csv = config("folder = \"out\"\nformat = \"csv\"");
    let targets = [target("s", "contacts", &["segment", "change", "blank", "email", "a;b", "Change"])];
    let found = findings(&csv, &targets);
    let places: Vec<_> = found.iter().map(|f| (f.code, f.path.join("."))).collect();
    assert_eq!(
        places,
        [
            ("file-column-taken", "fields.change".to_owned()),
            ("file-column-taken", "fields.blank".to_owned()),
            ("file-column-taken", "fields.email".to_owned()),
            ("file-column-name", "fields.a;b".to_owned()),
        ]
    );
    assert!(findings(&config("folder = \"out\""), &targets).is_empty(), "JSON Lines has no such limits");
}

#[test]
fn a_guard_without_csv_is_a_warning() {
    let found = findings(&config("folder = \"out\"\nguard_formulas = true"), &[]);
    assert_eq!((found[0].severity, found[0].code), (Severity::Warning, "file-guard-without-csv"));
    assert!(findings(&config("folder = \"out\"\nformat = \"csv\"\nguard_formulas = false"), &[]).is_empty());
}
