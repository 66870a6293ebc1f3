//! Segment rules: each condition, and how all of them cover the grid.

use insta::assert_snapshot;

use crate::project::Project;

fn with_segments(rules: &[(&str, &str)]) -> Project {
    let tables: Vec<String> =
        rules.iter().map(|(name, rule)| format!("[[segments]]\nname = \"{name}\"\n{rule}\n")).collect();
    Project::new().replace("[destinations.crm]", &format!("{}\n[destinations.crm]", tables.join("\n")))
}

#[test]
fn a_condition_on_an_unknown_attribute_is_told_at_its_own_segment() {
    let project = with_segments(&[
        ("Lost", "when = \"r_score = 1\""),
        ("Passive", "when = \"r_score <= 2 AND fm_scor >= 4\""),
        ("Rest", "when = \"r_score >= 2\""),
    ]);
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[unknown-attribute]: segment `Passive`: there is no attribute `fm_scor`
       ╭─[sync.toml:20:26]
    20 │ when = "r_score <= 2 AND fm_scor >= 4"
       ·                          ───────
       ╰────
    help: did you mean `fm_score`?

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn a_condition_on_what_packs_do_not_compute() {
    let project = with_segments(&[("Ours", "when = \"email LIKE '%@example.com'\""), ("Rest", "when = \"true\"")]);
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[unknown-attribute]: segment `Ours`: `email` can't be used in a
    │ condition
       ╭─[sync.toml:16:9]
    16 │ when = "email LIKE '%@example.com'"
       ·         ─────
       ╰────
    help: conditions see what packs compute that don't read segments themselves

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn broken_conditions_are_all_told_and_the_rest_is_still_looked_at() {
    let project = with_segments(&[
        ("Now", "when = \"last_order_at > now()\""),
        ("Words", "when = \"cycle_status\""),
        ("Half", "when = \"r_score >=\""),
    ])
    .add("shoe_size = \"sgement\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[segment-condition]: segment `Now`: the condition does not work: `now`
    │ gives another value at every run
       ╭─[sync.toml:16:25]
    16 │ when = "last_order_at > now()"
       ·                         ───
       ╰────
    help: the same input must give the same output: use the columns and
          constants

    error[segment-condition]: segment `Words`: the condition must be true or
    │ false for each customer, not VARCHAR
       ╭─[sync.toml:20:8]
    20 │ when = "cycle_status"
       ·        ──────────────
       ╰────
    help: compare it: "r_score >= 4"

    error[segment-condition]: segment `Half`: the condition does not work:
    │ syntax error at or near ")"
       ╭─[sync.toml:24:8]
    24 │ when = "r_score >="
       ·        ────────────
       ╰────

    error[unknown-attribute]: sync `contacts`: there is no attribute `sgement`
       ╭─[sync.toml:40:14]
    40 │ shoe_size = "sgement"
       ·              ───────
       ╰────
    help: did you mean `segment`?

    --- stdout
    sync.toml: 4 errors
    "#);
}

#[test]
fn a_segment_that_no_cell_reaches() {
    let project = with_segments(&[("Everybody", "when = \"r_score >= 1\""), ("Best", "cells = \"555\"")]);
    assert_snapshot!(project.validate(), @r#"
    exit 0
    --- stderr
    warning[unreached-segment]: no cell reaches the segment `Best`
       ╭─[sync.toml:19:8]
    19 │ name = "Best"
       ·        ──────
       ╰────
    help: the rules before it take all of its cells: move it up, or narrow them

    --- stdout
    sync.toml: 1 warning
    "#);
}

#[test]
fn cells_that_are_left_to_the_fallback() {
    let project = with_segments(&[("Active", "cells = \"4xx 5xx\""), ("Lost", "cells = \"1xx\"")]);
    assert_snapshot!(project.validate(), @r#"
    exit 0
    --- stderr
    warning[uncovered-cells]: 50 cells are left to `Other`: 211, 212, 213, 214,
    │ 215, 221, 222, 223 and 42 more
       ╭─[sync.toml:19:8]
    19 │ name = "Lost"
       ·        ──────
       ╰────
    help: add a rule that takes them, or name the rest: segments_fallback = "…"

    --- stdout
    sync.toml: 1 warning
    "#);
}

#[test]
fn a_cell_that_is_none() {
    let project = with_segments(&[("Best", "cells = \"5x\"")]);
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[attribute-setting]: segment `Best`: "5x" is no cell pattern: it has 2
    │ positions instead of 3
       ╭─[sync.toml:16:9]
    16 │ cells = "5x"
       ·         ────
       ╰────
    help: write r, f and m as a digit, x for any, or a choice in brackets: 155,
          3xx, [45]5x

    --- stdout
    sync.toml: 1 error
    "#);
}
