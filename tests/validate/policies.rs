//! Policies of fields that don't go together with what they are of.

use insta::assert_snapshot;

use crate::project::Project;

#[test]
fn what_is_hashed_is_a_text() {
    let project = Project::new()
        .replace("key = { email = \"email\" }", "key = { email = { from = \"recency_days\", hash = \"sha256\" } }")
        .add("days = { from = \"recency_days\", hash = \"sha256\" }");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[hash-type]: sync `contacts`: `key` is BIGINT, and only a text can be
    │ hashed
       ╭─[sync.toml:23:26]
    23 │ key = { email = { from = "recency_days", hash = "sha256" } }
       ·                          ──────────────
       ╰────
    help: cast it, as in CAST(customer_number AS VARCHAR), or remove `hash`

    error[hash-type]: sync `contacts`: `days` is BIGINT, and only a text can be
    │ hashed
       ╭─[sync.toml:28:17]
    28 │ days = { from = "recency_days", hash = "sha256" }
       ·                 ──────────────
       ╰────
    help: cast it, as in CAST(customer_number AS VARCHAR), or remove `hash`

    --- stdout
    sync.toml: 2 errors
    "#);
}

#[test]
fn a_hash_that_nobody_knows() {
    let project = Project::new().add("city = { from = \"first_name\", hash = \"sha1\" }");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[bad-value]: `hash` must be `sha256`
       ╭─[sync.toml:28:38]
    28 │ city = { from = "first_name", hash = "sha1" }
       ·                                      ───┬──
       ·                                         ╰── not one of these
       ╰────
    help: did you mean `sha256`?

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn a_tolerance_of_the_wrong_kind() {
    let project = Project::new()
        .add("days = { from = \"recency_days\", tolerance = \"case\" }")
        .add("city = { from = \"first_name\", tolerance = [\"case\", \"accents\"] }");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    warning[tolerance-without-text]: sync `contacts`: `days` is BIGINT, and a
    │ tolerance of spellings needs a text
       ╭─[sync.toml:28:1]
    28 │ days = { from = "recency_days", tolerance = "case" }
       · ────
       ╰────
    help: remove it, or say how far it may move: tolerance = 1

    warning[sendgrid-null-keeps]: `days` is a Number, which SendGrid cannot
    │ clear: nulls keep the old value
       ╭─[sync.toml:28:8]
    28 │ days = { from = "recency_days", tolerance = "case" }
       ·        ─────────────────────────────────────────────
       ╰────
    help: set null = "keep" to accept it, or cast the value to text

    error[bad-value]: `tolerance` must be a number, "case" or "whitespace"
       ╭─[sync.toml:29:52]
    29 │ city = { from = "first_name", tolerance = ["case", "accents"] }
       ·                                                    ────┬────
       ·                                                        ╰── not one of these
       ╰────
    help: both together: tolerance = ["case", "whitespace"]

    --- stdout
    sync.toml: 1 error, 2 warnings
    "#);
}

#[test]
fn a_hold_that_waits_for_nothing() {
    let project = Project::new()
        .add("days = { from = \"recency_days\", hold = { margin = 3 } }")
        .add("segment = { from = \"segment\", hold = { runs = 3, margin = 1 } }")
        .add("city = { from = \"first_name\", hold = { runs = 1 } }")
        .add("last_name = { from = \"first_name\", write = \"on_create\", hold = { runs = 3 } }");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    warning[sendgrid-null-keeps]: `days` is a Number, which SendGrid cannot
    │ clear: nulls keep the old value
       ╭─[sync.toml:28:8]
    28 │ days = { from = "recency_days", hold = { margin = 3 } }
       ·        ────────────────────────────────────────────────
       ╰────
    help: set null = "keep" to accept it, or cast the value to text

    error[missing-key]: `hold` has no `runs`
       ╭─[sync.toml:28:40]
    28 │ days = { from = "recency_days", hold = { margin = 3 } }
       ·                                        ──────────────
       ╰────
    help: say after how many runs smaller moves go, too: { runs = 3, margin =
          10 }; `tolerance` ignores them for good

    warning[margin-without-number]: sync `contacts`: `segment` is VARCHAR, and a
    │ margin needs a number or a date
       ╭─[sync.toml:29:1]
    29 │ segment = { from = "segment", hold = { runs = 3, margin = 1 } }
       · ───────
       ╰────
    help: remove `margin`: every change waits

    error[bad-value]: `runs` must be from 2 to 365
       ╭─[sync.toml:30:47]
    30 │ city = { from = "first_name", hold = { runs = 1 } }
       ·                                               ┬
       ·                                               ╰── out of range
       ╰────

    error[hold-without-changes]: the field `last_name` is not written again, so
    │ there is no change to hold
       ╭─[sync.toml:31:64]
    31 │ last_name = { from = "first_name", write = "on_create", hold = { runs = 3 } }
       ·                                                                ────────────
       ╰────
    help: remove `hold`, or `write`

    --- stdout
    sync.toml: 3 errors, 2 warnings
    "#);
}
