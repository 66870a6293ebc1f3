//! What the sync file has words for and this version does not do.

use insta::assert_snapshot;

use crate::project::Project;

#[test]
fn a_field_of_files_that_is_written_where_it_is_empty() {
    let project = Project::new()
        .replace(
            "connector = \"sendgrid\"\napi_key = \"${SENDGRID_API_KEY}\"",
            "connector = \"file\"\nfolder = \"out\"",
        )
        .replace("first_name = \"first_name\"", "first_name = { from = \"first_name\", write = \"if_empty\" }");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[file-if-empty]: nobody can tell whether `first_name` is empty in a
    │ file
       ╭─[sync.toml:26:14]
    26 │ first_name = { from = "first_name", write = "if_empty" }
       ·              ───────────────────────────────────────────
       ╰────
    help: write = "on_create" or "always"

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn an_export_in_another_time_zone() {
    let project = Project::new().replace("path = \"orders.csv\"", "path = \"orders.csv\"\ntimezone = \"Europe/Paris\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[export-timezone]: export `orders`: times in `Europe/Paris` can't be
    │ read yet, only UTC
      ╭─[sync.toml:8:12]
    8 │ timezone = "Europe/Paris"
      ·            ──────────────
      ╰────
    help: write times with their offset (2026-03-31T08:00:00+02:00) or in UTC;
          remove `timezone`

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn an_export_in_utc_is_fine() {
    let project = Project::new().replace("path = \"orders.csv\"", "path = \"orders.csv\"\ntimezone = \"UTC\"");
    assert_snapshot!(project.validate(), @r#"
    exit 0
    --- stderr
    --- stdout
    sync.toml: no mistakes found
    "#);
}

#[test]
fn a_schedule() {
    let project = Project::new()
        .replace("key = {", "schedule = { cron = \"*/15 * * * *\", timezone = \"Europe/Paris\" }\nkey = {");
    assert_snapshot!(project.validate(), @r#"
    exit 0
    --- stderr
    warning[schedule]: sync `contacts`: nothing starts it at `*/15 * * * *` yet
       ╭─[sync.toml:23:21]
    23 │ schedule = { cron = "*/15 * * * *", timezone = "Europe/Paris" }
       ·                     ──────────────
       ╰────
    help: let cron or your orchestrator run `lapwing sync --sync contacts`

    --- stdout
    sync.toml: 1 warning
    "#);
}

#[test]
fn a_tolerance_of_a_text() {
    let project = Project::new()
        .replace("first_name = \"first_name\"", "first_name = { from = \"first_name\", tolerance = 1 }")
        .add("days = { from = \"recency_days\", tolerance = 1, null = \"keep\" }");
    assert_snapshot!(project.validate(), @r#"
    exit 0
    --- stderr
    warning[tolerance-without-number]: sync `contacts`: `first_name` is VARCHAR,
    │ and a tolerance in figures needs a number or a date
       ╭─[sync.toml:26:1]
    26 │ first_name = { from = "first_name", tolerance = 1 }
       · ──────────
       ╰────
    help: remove it: every change counts

    --- stdout
    sync.toml: 1 warning
    "#);
}

#[test]
fn a_pace_of_files() {
    let project = Project::new().replace(
        "connector = \"sendgrid\"\napi_key = \"${SENDGRID_API_KEY}\"",
        "connector = \"file\"\nfolder = \"out\"\npace = { requests_per_minute = 10 }",
    );
    assert_snapshot!(project.validate(), @r#"
    exit 0
    --- stderr
    warning[unused-pace]: destination `crm`: files have no pace
       ╭─[sync.toml:17:8]
    17 │ pace = { requests_per_minute = 10 }
       ·        ────────────────────────────
       ╰────
    help: remove `pace`

    --- stdout
    sync.toml: 1 warning
    "#);
}

#[test]
fn a_name_of_the_file() {
    let project = Project::new().replace("version = 1\n", "version = 1\nname = \"weekly\"\n");
    assert!(project.validate().contains("error[unknown-key]: unknown key `name` in the sync file"));
}
