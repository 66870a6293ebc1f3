//! SQL in the sync file: the caret stands inside the TOML line.

use insta::assert_snapshot;

use crate::project::Project;

#[test]
fn an_unknown_attribute_in_a_field() {
    let project = Project::new().replace("rfm_segment = \"segment\"", "rfm_segment = \"upper(segmnt)\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[unknown-attribute]: sync `contacts`: there is no attribute `segmnt`
       ╭─[sync.toml:27:22]
    27 │ rfm_segment = "upper(segmnt)"
       ·                      ──────
       ╰────
    help: did you mean `segment`?

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn an_attribute_that_nothing_resembles() {
    let project = Project::new().add("shoe_size = \"shoe_size\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[unknown-attribute]: sync `contacts`: there is no attribute `shoe_size`
       ╭─[sync.toml:28:14]
    28 │ shoe_size = "shoe_size"
       ·              ─────────
       ╰────
    help: attributes come from the packs below [attributes] and the columns of
          the customers export

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn sql_that_does_not_parse_in_a_field() {
    let project = Project::new().add("days = \"recency_days + * 2\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[sync-expression]: sync `contacts`: `days` does not work: syntax error
    │ at or near "2"
       ╭─[sync.toml:28:26]
    28 │ days = "recency_days + * 2"
       ·                          ─
       ╰────

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn types_that_do_not_go_together_in_a_field() {
    let project = Project::new().add("days = \"recency_days + cycle_status\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[sync-expression]: sync `contacts`: `days` does not work: `+` does not
    │ take (BIGINT, VARCHAR)
       ╭─[sync.toml:28:22]
    28 │ days = "recency_days + cycle_status"
       ·                      ─
       ╰────
    help: cast one of them, as in CAST(recency_days AS VARCHAR)

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn an_unknown_function() {
    let project = Project::new().add("shout = \"uper(first_name)\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[sync-expression]: sync `contacts`: `shout` does not work: there is no
    │ function `uper`
       ╭─[sync.toml:28:10]
    28 │ shout = "uper(first_name)"
       ·          ────
       ╰────
    help: look it up among DuckDB's functions

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn an_unknown_attribute_in_the_audience() {
    let project = Project::new().replace("email IS NOT NULL", "email IS NOT NULL AND cycle_stat = 'late'");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[unknown-attribute]: sync `contacts`: there is no attribute
    │ `cycle_stat`
       ╭─[sync.toml:22:35]
    22 │ audience = "email IS NOT NULL AND cycle_stat = 'late'"
       ·                                   ──────────
       ╰────
    help: did you mean `cycle_status`?

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn an_audience_that_is_no_condition() {
    let project = Project::new().replace("email IS NOT NULL", "cycle_status");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[audience-type]: sync `contacts`: the audience must be true or false
    │ for each customer, not VARCHAR
       ╭─[sync.toml:22:12]
    22 │ audience = "cycle_status"
       ·            ──────────────
       ╰────
    help: compare it: "cycle_status = 'late'"

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn an_unknown_attribute_in_the_key() {
    let project = Project::new().replace("{ email = \"email\" }", "{ email = \"lower(e_mail)\" }");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[unknown-attribute]: sync `contacts`: there is no attribute `e_mail`
       ╭─[sync.toml:23:24]
    23 │ key = { email = "lower(e_mail)" }
       ·                        ──────
       ╰────
    help: did you mean `email`?

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn an_unknown_attribute_in_the_order() {
    let project = Project::new().replace("key = {", "order_by = \"monetery DESC\"\nlimit = 10\nkey = {");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[unknown-attribute]: sync `contacts`: there is no attribute `monetery`
       ╭─[sync.toml:23:13]
    23 │ order_by = "monetery DESC"
       ·             ────────
       ╰────
    help: did you mean `monetary`?

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn every_mistake_of_a_sync_is_told_at_once() {
    let project = Project::new().add("a = \"segmnt\"\nb = \"cycle_statuss\"\nc = \"[recency_days, 1]\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[unknown-attribute]: sync `contacts`: there is no attribute `segmnt`
       ╭─[sync.toml:28:6]
    28 │ a = "segmnt"
       ·      ──────
       ╰────
    help: did you mean `segment`?

    error[unknown-attribute]: sync `contacts`: there is no attribute
    │ `cycle_statuss`
       ╭─[sync.toml:29:6]
    29 │ b = "cycle_statuss"
       ·      ─────────────
       ╰────
    help: did you mean `cycle_status`?

    --- stdout
    sync.toml: 2 errors
    "#);
}

#[test]
fn a_subquery() {
    let project = Project::new().add("share = \"frequency / (SELECT count(*) FROM attributes)\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[sync-expression]: sync `contacts`: `share` does not work: a subquery
    │ can't stand here
       ╭─[sync.toml:28:22]
    28 │ share = "frequency / (SELECT count(*) FROM attributes)"
       ·                      ─
       ╰────
    help: an expression sees the columns of its own row only

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn another_file() {
    let project = Project::new().add("hosts = \"(SELECT content FROM read_text('/etc/hosts'))\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[sync-expression]: sync `contacts`: `hosts` does not work: a subquery
    │ can't stand here
       ╭─[sync.toml:28:10]
    28 │ hosts = "(SELECT content FROM read_text('/etc/hosts'))"
       ·          ─
       ╰────
    help: an expression sees the columns of its own row only

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn the_clock() {
    let project = Project::new().add("days = \"date_diff('day', last_order_at, now())\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[sync-expression]: sync `contacts`: `days` does not work: `now` gives
    │ another value at every run
       ╭─[sync.toml:28:41]
    28 │ days = "date_diff('day', last_order_at, now())"
       ·                                         ───
       ╰────
    help: the same input must give the same output: use the columns and
          constants

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn an_aggregate() {
    let project = Project::new().add("best = \"max(monetary)\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[sync-expression]: sync `contacts`: `best` does not work: `max` is an
    │ aggregate over many rows
       ╭─[sync.toml:28:9]
    28 │ best = "max(monetary)"
       ·         ───
       ╰────
    help: an expression sees the columns of its own row only

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn more_than_one_expression() {
    let project = Project::new().add("all = \"segment) FROM attributes; DROP TABLE attributes; SELECT (1\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[sync-expression]: sync `contacts`: `all` does not work: Only SELECT
    │ statements can be serialized to json!
       ╭─[sync.toml:28:7]
    28 │ all = "segment) FROM attributes; DROP TABLE attributes; SELECT (1"
       ·       ────────────────────────────────────────────────────────────
       ╰────

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn a_field_of_a_type_that_cannot_be_delivered() {
    let project = Project::new().add("scores = \"{'r': r_score, 'f': f_score}\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[sync-field-type]: sync `contacts`: field `scores` has values of type
    │ STRUCT(r BIGINT, f BIGINT), which can't be delivered
       ╭─[sync.toml:28:10]
    28 │ scores = "{'r': r_score, 'f': f_score}"
       ·          ──────────────────────────────
       ╰────
    help: cast it: to VARCHAR for text, or with to_json() for nested values

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn a_long_sum() {
    let sum = vec!["recency_days"; 300].join(" + ");
    assert_snapshot!(Project::new().add(&format!("days = {{ from = \"{sum}\", null = \"keep\" }}")).validate(), @r#"
    exit 0
    --- stderr
    --- stdout
    sync.toml: no mistakes found
    "#);
}

#[test]
fn a_function_that_makes_rows() {
    let project = Project::new().add("twice = \"unnest([1, 2])\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[sync-expression]: sync `contacts`: `twice` does not work: `unnest`
    │ makes rows, not one value
       ╭─[sync.toml:28:10]
    28 │ twice = "unnest([1, 2])"
       ·          ──────
       ╰────
    help: an expression gives one value for each row

    --- stdout
    sync.toml: 1 error
    "#);
}
