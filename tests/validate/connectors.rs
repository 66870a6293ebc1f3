//! What connectors say without asking anybody: keys, fields, addresses.

use insta::assert_snapshot;

use crate::project::Project;

#[test]
fn the_wrong_key_for_sendgrid() {
    let project = Project::new().replace("{ email = \"email\" }", "{ customer_id = \"customer_id\" }");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[sendgrid-key-not-email]: contacts are keyed by `email`, not by
    │ `customer_id`
       ╭─[sync.toml:23:23]
    23 │ key = { customer_id = "customer_id" }
       ·                       ─────────────
       ╰────
    help: use key = { email = … }; SendGrid matches addresses in any case

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn a_field_that_sendgrid_writes_itself() {
    let project = Project::new().add("last_clicked = \"last_order_at\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[sendgrid-field-read-only]: SendGrid writes `last_clicked` itself
       ╭─[sync.toml:28:16]
    28 │ last_clicked = "last_order_at"
       ·                ───────────────
       ╰────
    help: map to another name: a custom field is created for it

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn an_unknown_key_of_the_destination() {
    let project = Project::new().replace("api_key =", "regoin = \"eu\"\napi_key =");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[unknown-key]: unknown key `regoin` in [destinations.crm]
       ╭─[sync.toml:16:1]
    16 │ regoin = "eu"
       · ──────
       ╰────
    help: did you mean `region`?

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn an_address_in_plain_text() {
    let project = Project::new().replace("api_key =", "base_url = \"http://api.sendgrid.com\"\napi_key =");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[sendgrid-base-url]: base_url is plain http to another machine
       ╭─[sync.toml:16:12]
    16 │ base_url = "http://api.sendgrid.com"
       ·            ─────────────────────────
       ╰────
    help: use https; plain http works for 127.0.0.1 and localhost only

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn a_number_whose_null_keeps_the_old_value() {
    let project = Project::new().add("days_late = \"lateness_days\"");
    assert_snapshot!(project.validate(), @r#"
    exit 0
    --- stderr
    warning[sendgrid-null-keeps]: `days_late` is a Number, which SendGrid cannot
    │ clear: nulls keep the old value
       ╭─[sync.toml:28:13]
    28 │ days_late = "lateness_days"
       ·             ───────────────
       ╰────
    help: set null = "keep" to accept it, or cast the value to text

    --- stdout
    sync.toml: 1 warning
    "#);
}

#[test]
fn an_object_that_sendgrid_does_not_have() {
    let project = Project::new().replace("object = \"contacts\"", "object = \"leads\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[sendgrid-object-unknown]: SendGrid has no object `leads` here
       ╭─[sync.toml:21:10]
    21 │ object = "leads"
       ·          ───────
       ╰────
    help: use object = "contacts"

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn a_sync_with_a_broken_field_is_still_shown_to_its_connector() {
    let project = Project::new()
        .replace("{ email = \"email\" }", "{ customer_id = \"customer_id\" }")
        .replace("rfm_segment = \"segment\"", "rfm_segment = \"segmnt\"");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[sendgrid-key-not-email]: contacts are keyed by `email`, not by
    │ `customer_id`
       ╭─[sync.toml:23:23]
    23 │ key = { customer_id = "customer_id" }
       ·                       ─────────────
       ╰────
    help: use key = { email = … }; SendGrid matches addresses in any case

    error[unknown-attribute]: sync `contacts`: there is no attribute `segmnt`
       ╭─[sync.toml:27:16]
    27 │ rfm_segment = "segmnt"
       ·                ──────
       ╰────
    help: did you mean `segment`?

    --- stdout
    sync.toml: 2 errors
    "#);
}

#[test]
fn a_folder_outside_of_the_sync_files() {
    let project = Project::new().replace(
        "connector = \"sendgrid\"\napi_key = \"${SENDGRID_API_KEY}\"",
        "connector = \"file\"\nfolder = \"../out\"",
    );
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[file-folder-outside]: `../out` leaves the sync file's folder
       ╭─[sync.toml:16:10]
    16 │ folder = "../out"
       ·          ────────
       ╰────
    help: write an absolute path for a folder elsewhere

    --- stdout
    sync.toml: 1 error
    "#);
}
