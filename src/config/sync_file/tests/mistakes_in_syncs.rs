//! One snapshot a kind of mistake, for destinations, syncs and fields.

use super::support::{GOOD, broken, report};

#[test]
fn unknown_connector() {
    insta::assert_snapshot!(broken("connector = \"sendgrid\"", "connector = \"sendgird\""), @r#"
    error[unknown-connector]: unknown connector `sendgird`
      ╭─[conf/sync.toml:5:13]
    5 │ connector = "sendgird"
      ·             ──────────
      ╰────
    help: did you mean `sendgrid`?
    "#);
}

#[test]
fn unknown_key_of_a_connector() {
    insta::assert_snapshot!(broken("api_key = ", "regoin = \"eu\"\napi_key = "), @r#"
    error[unknown-key]: unknown key `regoin` in [destinations.marketing]
      ╭─[conf/sync.toml:6:1]
    6 │ regoin = "eu"
      · ──────
      ╰────
    help: did you mean `region`?
    "#);
}

#[test]
fn pace_out_of_range() {
    insta::assert_snapshot!(broken("api_key = ", "pace = { requests_per_minute = 0 }\napi_key = "), @r"
    error[bad-value]: `requests_per_minute` must be from 1 to 1000000
      ╭─[conf/sync.toml:6:32]
    6 │ pace = { requests_per_minute = 0 }
      ·                                ┬
      ·                                ╰── out of range
      ╰────
    ");
}

#[test]
fn unknown_destination() {
    insta::assert_snapshot!(broken("destination = \"marketing\"", "destination = \"marketting\""), @r#"
    error[unknown-destination]: the sync `contacts` names the unknown
    │ destination `marketting`
      ╭─[conf/sync.toml:9:15]
    9 │ destination = "marketting"
      ·               ────────────
      ╰────
    help: did you mean `marketing`?
    "#);
}

#[test]
fn missing_key() {
    insta::assert_snapshot!(broken("object = \"contacts\"\n", ""), @r#"
    error[missing-key]: the sync `contacts` has no `object`
      ╭─[conf/sync.toml:7:1]
    7 │ [[syncs]]
      · ─────────
      ╰────
    help: name the vendor's object, such as "contacts"
    "#);
}

#[test]
fn a_key_of_two_fields() {
    insta::assert_snapshot!(broken("{ email = \"email\" }", "{ email = \"email\", id = \"customer_id\" }"), @r#"
    error[bad-key]: the key of the sync `contacts` must be one field, not 2
       ╭─[conf/sync.toml:11:7]
    11 │ key = { email = "email", id = "customer_id" }
       ·       ───────────────────────────────────────
       ╰────
    help: for example key = { email = "email" }
    "#);
}

#[test]
fn bad_word() {
    insta::assert_snapshot!(broken("object = ", "on_leave = \"remove\"\nobject = "), @r#"
    error[bad-value]: `on_leave` must be `keep`, `clear`, `delete` or
    │ `remove_from_list`
       ╭─[conf/sync.toml:10:12]
    10 │ on_leave = "remove"
       ·            ────┬───
       ·                ╰── not one of these
       ╰────
    help: did you mean `remove_from_list`?
    "#);
}

#[test]
fn removing_from_lists_without_lists() {
    insta::assert_snapshot!(broken("object = ", "on_leave = \"remove_from_list\"\nobject = "), @r#"
    error[missing-key]: the sync `contacts` has no `lists` to remove from
       ╭─[conf/sync.toml:10:12]
    10 │ on_leave = "remove_from_list"
       ·            ──────────────────
       ╰────
    help: name them: lists = ["…"]
    "#);
}

#[test]
fn wrong_type() {
    insta::assert_snapshot!(broken("object = ", "order_by = \"a\"\nlimit = \"500\"\nobject = "), @r#"
    error[wrong-type]: `limit` must be a whole number, not a string
       ╭─[conf/sync.toml:11:9]
    11 │ limit = "500"
       ·         ──┬──
       ·           ╰── expected a whole number
       ╰────
    help: write it without quotes
    "#);
}

#[test]
fn limit_without_an_order() {
    insta::assert_snapshot!(broken("object = ", "limit = 500\nobject = "), @r#"
    warning[limit-without-order]: the sync `contacts` has a limit, but no order
       ╭─[conf/sync.toml:10:9]
    10 │ limit = 500
       ·         ───
       ╰────
    help: say who comes first: order_by = "priority_rank"; without it, keys
          decide
    "#);
}

#[test]
fn bad_cron() {
    insta::assert_snapshot!(broken("object = ", "schedule = { cron = \"61 * * * *\" }\nobject = "), @r#"
    error[bad-cron]: `cron` is not a schedule: the minute is out of form or
    │ range (0 to 59)
       ╭─[conf/sync.toml:10:21]
    10 │ schedule = { cron = "61 * * * *" }
       ·                     ────────────
       ╰────
    help: minute hour day-of-month month day-of-week, as in "30 6 * * mon-fri"
    "#);
}

#[test]
fn bad_timezone() {
    insta::assert_snapshot!(broken("object = ", "schedule = { cron = \"0 * * * *\", timezone = \"+02:00\" }\nobject = "), @r#"
    error[bad-timezone]: `timezone` must be an IANA name
       ╭─[conf/sync.toml:10:45]
    10 │ schedule = { cron = "0 * * * *", timezone = "+02:00" }
       ·                                             ────────
       ╰────
    help: for example "Europe/Paris" or "UTC"
    "#);
}

#[test]
fn unknown_guard() {
    insta::assert_snapshot!(broken("object = ", "guards = { max_leave = 5 }\nobject = "), @r"
    error[unknown-key]: unknown key `max_leave` in `guards`
       ╭─[conf/sync.toml:10:12]
    10 │ guards = { max_leave = 5 }
       ·            ─────────
       ╰────
    help: did you mean `max_leave_pct`?
    ");
}

#[test]
fn no_fields() {
    insta::assert_snapshot!(broken("segment = \"segment\"\n", ""), @r#"
    error[empty-fields]: the sync `contacts` maps no field
       ╭─[conf/sync.toml:12:1]
    12 │ [syncs.fields]
       · ──────────────
       ╰────
    help: map at least one: rfm_segment = "segment"
    "#);
}

#[test]
fn the_key_mapped_as_a_field() {
    insta::assert_snapshot!(broken("segment = ", "email = \"email\"\nsegment = "), @r#"
    error[duplicate-field]: `email` is the key of the sync `contacts`
       ╭─[conf/sync.toml:13:1]
    11 │ key = { email = "email" }
       ·         ──┬──
       ·           ╰── the key
    12 │ [syncs.fields]
    13 │ email = "email"
       · ──┬──
       ·   ╰── mapped again here
       ╰────
    help: remove this line: the key goes along with every record
    "#);
}

#[test]
fn a_field_without_its_source() {
    insta::assert_snapshot!(broken("segment = \"segment\"", "segment = { tolerance = 1 }"), @r#"
    error[missing-key]: the field `segment` has no `from`
       ╭─[conf/sync.toml:13:11]
    13 │ segment = { tolerance = 1 }
       ·           ─────────────────
       ╰────
    help: say where the value comes from: { from = "…" }
    "#);
}

#[test]
fn unknown_key_of_a_field() {
    insta::assert_snapshot!(broken("segment = \"segment\"", "segment = { from = \"segment\", tolerence = 1 }"), @r#"
    error[unknown-key]: unknown key `tolerence` in the field `segment`
       ╭─[conf/sync.toml:13:31]
    13 │ segment = { from = "segment", tolerence = 1 }
       ·                               ─────────
       ╰────
    help: did you mean `tolerance`?
    "#);
}

#[test]
fn a_sync_key_below_the_fields_header() {
    insta::assert_snapshot!(broken("segment = ", "limit = 500\non_leave = \"clear\"\nsegment = "), @r#"
    error[wrong-type]: the field `limit` must be an SQL expression in quotes,
    │ not a whole number
       ╭─[conf/sync.toml:13:9]
    13 │ limit = 500
       ·         ─┬─
       ·          ╰── expected a string or a table
       ╰────
    help: `limit` belongs to `[[syncs]]`, above `[syncs.fields]`

    warning[misplaced-key]: `on_leave` is mapped as a field here
       ╭─[conf/sync.toml:14:1]
    14 │ on_leave = "clear"
       · ────────
       ╰────
    help: if the sync's own key is meant, move it to `[[syncs]]`, above
          `[syncs.fields]`
    "#);
}

const SECOND: &str = r#"[[syncs]]
name = "winback"
destination = "marketing"
object = "contacts"
key = { email = "email" }
on_leave = "delete"
[syncs.fields]
segment = "cycle_status"
"#;

#[test]
fn two_writers_of_one_field_and_a_delete_that_hits_both() {
    insta::assert_snapshot!(report(&format!("{GOOD}{SECOND}")), @r#"
    warning[shared-delete]: `winback` deletes contacts that `contacts` writes,
    │ too
       ╭─[conf/sync.toml:15:8]
     8 │ name = "contacts"
       ·        ─────┬────
       ·             ╰── writes the same object
     9 │ destination = "marketing"
    10 │ object = "contacts"
    11 │ key = { email = "email" }
    12 │ [syncs.fields]
    13 │ segment = "segment"
    14 │ [[syncs]]
    15 │ name = "winback"
       ·        ─────────
       ╰────
    help: use on_leave = "clear", or make one sync of the two

    error[two-writers]: `contacts` and `winback` both write the field `segment`
    │ of contacts at `marketing`
       ╭─[conf/sync.toml:21:1]
    13 │ segment = "segment"
       · ───┬───
       ·    ╰── written here
    14 │ [[syncs]]
    15 │ name = "winback"
    16 │ destination = "marketing"
    17 │ object = "contacts"
    18 │ key = { email = "email" }
    19 │ on_leave = "delete"
    20 │ [syncs.fields]
    21 │ segment = "cycle_status"
       · ───┬───
       ·    ╰── written here, too
       ╰────
    help: each would undo the other's work, run after run; keep the field in one
          of them
    "#);
}

#[test]
fn destinations_that_are_one_account_have_one_writer_a_field() {
    let destination = "[destinations.again]\nconnector = \"sendgrid\"\napi_key = \"${KEY}\"\n";
    let second = SECOND.replace("delete", "keep").replace("marketing", "again");
    let file =
        |destination: &str| format!("{}{second}", GOOD.replacen("[[syncs]]", &format!("{destination}[[syncs]]"), 1));
    let told = report(&file(destination));
    assert!(told.contains("both write the field `segment`"), "{told}");
    assert!(told.contains("of contacts at the account of `marketing` and `again`"), "{told}");
    // Another key may be another account's, another region is one, and a fake is the destination's own.
    for other in
        ["api_key = \"${OTHER}\"", "api_key = \"${KEY}\"\nregion = \"eu\"", "api_key = \"${KEY}\"\nsandbox = true"]
    {
        let told = report(&file(&destination.replace("api_key = \"${KEY}\"", other)));
        assert!(!told.contains("two-writers"), "{told}");
    }
}

#[test]
fn a_related_place_far_away_is_named_and_not_drawn() {
    let far = format!("{GOOD}{}{}", "# a comment\n".repeat(20), SECOND.replace("delete", "keep"));
    insta::assert_snapshot!(report(&far), @r#"
    error[two-writers]: `contacts` and `winback` both write the field `segment`
    │ of contacts at `marketing`
       ╭─[conf/sync.toml:41:1]
    41 │ segment = "cycle_status"
       · ───┬───
       ·    ╰── written here, too
       ╰────
    help: each would undo the other's work, run after run; keep the field in one
          of them
          written here: conf/sync.toml:13:1
    "#);
}

#[test]
fn two_syncs_of_one_name() {
    let second = SECOND.replace("winback", "contacts").replace("segment =", "status =").replace("delete", "keep");
    insta::assert_snapshot!(report(&format!("{GOOD}{second}")), @r#"
    error[duplicate-name]: two syncs are called `contacts`
       ╭─[conf/sync.toml:15:8]
     8 │ name = "contacts"
       ·        ─────┬────
       ·             ╰── first here
     9 │ destination = "marketing"
    10 │ object = "contacts"
    11 │ key = { email = "email" }
    12 │ [syncs.fields]
    13 │ segment = "segment"
    14 │ [[syncs]]
    15 │ name = "contacts"
       ·        ─────┬────
       ·             ╰── again here
       ╰────
    help: the ledger remembers deliveries by the sync's name; give one another
          name
    "#);
}

#[test]
fn a_destination_that_nobody_writes_to() {
    insta::assert_snapshot!(broken("[[syncs]]", "[destinations.spare]\nconnector = \"file\"\n[[syncs]]"), @r"
    warning[unused-destination]: no sync writes to the destination `spare`
      ╭─[conf/sync.toml:7:15]
    7 │ [destinations.spare]
      ·               ─────
      ╰────
    ");
}

#[test]
fn two_writers_of_one_field_in_other_letters() {
    let second = SECOND.replace("delete", "keep").replace("\nsegment = ", "\nSegment = ");
    let found = report(&format!("{GOOD}{second}"));
    assert!(found.contains("`contacts` and `winback` both write the field `Segment`"), "{found}");
    // Within one sync, the connector says whether it takes both.
    assert_eq!(report(&format!("{GOOD}Segment = \"segment\"\n")), "");
}
