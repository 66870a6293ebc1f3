//! Secrets: only from outside, and never shown.

use super::support::{GOOD, TestCatalog, broken, parse};
use crate::config::diagnostics::TextStyle;
use crate::config::sync_file::{SyncFile, limits};

#[test]
fn a_secret_written_out_is_refused_and_not_shown() {
    let report = broken("\"${KEY}\"", "\"SG.geheim\"");
    assert!(!report.contains("geheim"));
    insta::assert_snapshot!(report, @r#"
    error[literal-secret]: the secret `api_key` is written in the sync file
      ╭─[conf/sync.toml:6:11]
    6 │ api_key = ***********
      ·           ─────┬─────
      ·                ╰── must come from outside
      ╰────
    help: write api_key = "${MARKETING_API_KEY}" or api_key = { file = "…" };
          then replace the secret, since whoever read this file knows it
    "#);
}

#[test]
fn a_secret_beside_a_variable_is_refused() {
    insta::assert_snapshot!(broken("\"${KEY}\"", "\"SG.${KEY}\""), @r#"
    error[literal-secret]: the secret `api_key` is written in the sync file
      ╭─[conf/sync.toml:6:11]
    6 │ api_key = ***********
      ·           ─────┬─────
      ·                ╰── must come from outside
      ╰────
    help: write api_key = "${MARKETING_API_KEY}" or api_key = { file = "…" };
          then replace the secret, since whoever read this file knows it
    "#);
}

#[test]
fn a_secret_in_a_broken_file_is_not_shown() {
    let report = broken("\"${KEY}\"", "\"SG.geheim");
    assert!(!report.contains("geheim") && report.contains("toml-syntax"), "{report}");
}

#[test]
fn a_secret_in_the_machine_readable_faces_is_not_shown() {
    let parsed = parse(&GOOD.replace("\"${KEY}\"", "\"SG.geheim\""));
    assert!(!format!("{parsed:?}").contains("geheim"));
    let diagnostics = parsed.diagnostics;
    let all = format!("{}{}{}{diagnostics:?}", diagnostics.to_json(), diagnostics.to_github(), diagnostics.to_sarif());
    assert!(!all.contains("geheim"));
}

#[test]
fn a_missing_variable_is_reported_at_its_place_when_resolving_only() {
    let text = GOOD.replace("orders.csv", "${DATA}/orders.csv");
    let file = parse(&text).into_result().unwrap().0;
    let diagnostics = file.resolve(&TestCatalog, &|_| None).unwrap_err();
    insta::assert_snapshot!(diagnostics.to_text(TextStyle::plain()), @r#"
    error[missing-variable]: the variable `DATA` is not set
      ╭─[conf/sync.toml:3:9]
    3 │ path = "${DATA}/orders.csv"
      ·         ───────
      ╰────
    help: set it for this run: export DATA=…

    error[missing-variable]: the variable `KEY` is not set
      ╭─[conf/sync.toml:6:12]
    6 │ api_key = "${KEY}"
      ·            ──────
      ╰────
    help: set it for this run: export KEY=…
    "#);
}

#[test]
fn replaced_values_are_checked_like_typed_ones() {
    let text = GOOD.replace("path = \"orders.csv\"", "path = \"orders\"\nformat = \"${FORMAT}\"");
    let file = parse(&text).into_result().unwrap().0;
    let resolve = |format: &'static str| {
        file.resolve(&TestCatalog, &move |name| Some(if name == "FORMAT" { format } else { "k" }.to_owned()))
    };
    assert!(resolve("csv").is_ok());
    assert_eq!(resolve("xml").unwrap_err().iter().next().unwrap().code, "bad-value");
}

#[test]
fn escaped_variables_stay_as_text() {
    let file = parse(&GOOD.replace("orders.csv", "$${x}.csv")).file.unwrap();
    assert_eq!(file.exports[0].paths[0].value, "${x}.csv");
}

#[test]
fn secret_files_are_read_when_resolving_only() {
    let folder = tempfile::tempdir().unwrap();
    let text = GOOD.replace("\"${KEY}\"", "{ file = \"key.txt\" }");
    let parsed = SyncFile::parse(folder.path().join("sync.toml"), text, &TestCatalog);
    let file = parsed.into_result().unwrap().0;
    let read = || {
        let resolved = file.resolve(&TestCatalog, &|_| None)?;
        let config = &resolved.destination("marketing").unwrap().config;
        Ok::<_, crate::config::diagnostics::Diagnostics>(
            config.deserialize::<serde_json::Value>().unwrap()["api_key"].clone(),
        )
    };
    let said = |error: crate::config::diagnostics::Diagnostics| error.iter().next().unwrap().message.clone();
    insta::assert_snapshot!(said(read().unwrap_err()), @"the secret file for `api_key` cannot be read: entity not found");
    std::fs::write(folder.path().join("key.txt"), "SG.geheim\r\n").unwrap();
    assert_eq!(read().unwrap(), "SG.geheim");
    std::fs::write(folder.path().join("key.txt"), "\n").unwrap();
    insta::assert_snapshot!(said(read().unwrap_err()), @"the secret file for `api_key` is empty");
    std::fs::write(folder.path().join("key.txt"), vec![b'x'; limits::FILE_BYTES + 1]).unwrap();
    insta::assert_snapshot!(said(read().unwrap_err()), @"the secret file for `api_key` is larger than 1 MiB");
}
