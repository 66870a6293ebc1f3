//! Names, keys and types of the sync file itself.

use insta::assert_snapshot;

use crate::project::Project;

#[test]
fn a_sync_file_without_a_mistake() {
    assert_snapshot!(Project::new().validate(), @r#"
    exit 0
    --- stderr
    --- stdout
    sync.toml: no mistakes found
    "#);
}

#[test]
fn an_unknown_key() {
    let project = Project::new().replace("audience = ", "audence = ");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[unknown-key]: unknown key `audence` in the sync `contacts`
       ╭─[sync.toml:22:1]
    22 │ audence = "email IS NOT NULL"
       · ───────
       ╰────
    help: did you mean `audience`?

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn a_key_in_the_wrong_table() {
    let project = Project::new().add("limit = 500");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[wrong-type]: the field `limit` must be an SQL expression in quotes,
    │ not a whole number
       ╭─[sync.toml:28:9]
    28 │ limit = 500
       ·         ─┬─
       ·          ╰── expected a string or a table
       ╰────
    help: `limit` belongs to `[[syncs]]`, above `[syncs.fields]`

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn a_wrong_type() {
    let project = Project::new().replace("path = \"orders.csv\"", "path = \"orders.csv\"\nmax_bad_rows_pct = \"one\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[wrong-type]: `max_bad_rows_pct` must be a number, not a string
      ╭─[sync.toml:8:20]
    8 │ max_bad_rows_pct = "one"
      ·                    ──┬──
      ·                      ╰── expected a number
      ╰────

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn text_that_is_no_toml() {
    let project = Project::new().replace("object = \"contacts\"", "object = \"contacts");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[toml-syntax]: not valid TOML: invalid basic string, expected `"`
       ╭─[sync.toml:21:19]
    21 │ object = "contacts
       ╰────

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn an_unknown_connector() {
    let project = Project::new().replace("connector = \"sendgrid\"", "connector = \"sendgird\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[unknown-connector]: unknown connector `sendgird`
       ╭─[sync.toml:15:13]
    15 │ connector = "sendgird"
       ·             ──────────
       ╰────
    help: did you mean `sendgrid`?

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn an_unknown_destination() {
    let project = Project::new().replace("destination = \"crm\"", "destination = \"cmr\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[unknown-destination]: the sync `contacts` names the unknown
    │ destination `cmr`
       ╭─[sync.toml:20:15]
    20 │ destination = "cmr"
       ·               ─────
       ╰────
    help: did you mean `crm`?

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn an_unknown_pack() {
    let project = Project::new().replace("[attributes.cycle]", "[attributes.cycles]");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[unknown-pack]: unknown attribute pack `cycles`
       ╭─[sync.toml:12:13]
    12 │ [attributes.cycles]
       ·             ──────
       ╰────
    help: did you mean `cycle`?

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn an_unknown_relation() {
    let project = Project::new().replace("[exports.orders]", "[exports.order]");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[unknown-relation]: unknown relation `order`
      ╭─[sync.toml:6:10]
    6 │ [exports.order]
      ·          ─────
      ╰────
    help: did you mean `orders`?

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn a_setting_of_a_pack_that_is_out_of_range() {
    let project = Project::new().replace("[attributes.rfm]", "[attributes.rfm]\nbins = 1");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[attribute-setting]: `attributes.rfm.bins`: 1 is out of range
       ╭─[sync.toml:11:8]
    11 │ bins = 1
       ·        ─
       ╰────
    help: choose a number from 2 to 9; 5 is usual

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn two_syncs_of_one_name() {
    let project = Project::new().add(
        "[[syncs]]\nname = \"contacts\"\ndestination = \"crm\"\nobject = \"contacts\"\nkey = { email = \"email\" }\n\
         [syncs.fields]\ncycle_status = \"cycle_status\"",
    );
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[duplicate-name]: two syncs are called `contacts`
       ╭─[sync.toml:29:8]
    19 │ name = "contacts"
       ·        ─────┬────
       ·             ╰── first here
    20 │ destination = "crm"
    21 │ object = "contacts"
    22 │ audience = "email IS NOT NULL"
    23 │ key = { email = "email" }
    24 │
    25 │ [syncs.fields]
    26 │ first_name = "first_name"
    27 │ rfm_segment = "segment"
    28 │ [[syncs]]
    29 │ name = "contacts"
       ·        ─────┬────
       ·             ╰── again here
       ╰────
    help: the ledger remembers deliveries by the sync's name; give one another
          name

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn two_syncs_that_write_one_field() {
    let project = Project::new().add(
        "\n[[syncs]]\nname = \"late\"\ndestination = \"crm\"\nobject = \"contacts\"\nkey = { email = \"email\" }\n\
         [syncs.fields]\nrfm_segment = \"cycle_status\"",
    );
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[two-writers]: `contacts` and `late` both write the field `rfm_segment`
    │ of contacts at `crm`
       ╭─[sync.toml:35:1]
    27 │ rfm_segment = "segment"
       · ─────┬─────
       ·      ╰── written here
    28 │
    29 │ [[syncs]]
    30 │ name = "late"
    31 │ destination = "crm"
    32 │ object = "contacts"
    33 │ key = { email = "email" }
    34 │ [syncs.fields]
    35 │ rfm_segment = "cycle_status"
       · ─────┬─────
       ·      ╰── written here, too
       ╰────
    help: each would undo the other's work, run after run; keep the field in one
          of them

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn a_secret_in_the_sync_file() {
    let project = Project::new().replace("\"${SENDGRID_API_KEY}\"", "\"SG.abcdefghijklmnop.qrstuvwxyz\"");
    let told = project.validate();
    assert!(!told.contains("abcdefghij"), "{told}");
    assert_snapshot!(told, @r#"
    exit 2
    --- stderr
    error[literal-secret]: the secret `api_key` is written in the sync file
       ╭─[sync.toml:16:11]
    16 │ api_key = ********************************
       ·           ────────────────┬───────────────
       ·                           ╰── must come from outside
       ╰────
    help: write api_key = "${CRM_API_KEY}" or api_key = { file = "…" }; then
          replace the secret, since whoever read this file knows it

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn a_schedule_out_of_form() {
    let project = Project::new().replace("key = {", "schedule = { cron = \"every day\" }\nkey = {");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[bad-cron]: `cron` is not a schedule: it has 2 fields, not 5
       ╭─[sync.toml:23:21]
    23 │ schedule = { cron = "every day" }
       ·                     ───────────
       ╰────
    help: minute hour day-of-month month day-of-week, as in "30 6 * * mon-fri"

    --- stdout
    sync.toml: 1 error
    "#);
}
