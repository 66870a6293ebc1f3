//! The example of the design page, in full.

use super::support::{TestCatalog, parse};
use crate::config::diagnostics::TextStyle;
use lapwing_contract::OnLeave;

use crate::config::sync_file::{Format, Guards, OnDuplicateKey, SegmentRule, Tolerance};
use lapwing_contract::{NullPolicy, WritePolicy};

pub(super) const EXAMPLE: &str = r#"
version = 1
[exports.orders]
path    = "exports/orders/*.parquet"            # Parquet, CSV, JSON; file, glob, folder
columns = { order_id = "id", customer_id = "client_id", ordered_at = "created", net_amount = "total - tax",
            discount_amount = "coalesce(coupon, 0)", status = "state" }
[attributes.rfm]
bins = 6
segments = "grid6"                              # a preset, or [[segments]] below
[attributes.cycle]
[attributes.promo]
min_orders = 4
[[segments]]
name = "Best customers gone passive"
when = "r_score <= 2 and fxm_score >= 5"

[destinations.marketing]
connector = "sendgrid"
api_key   = "${SENDGRID_API_KEY}"
pace      = { requests_per_minute = 120 }       # never above the vendor's own limit
sandbox   = true                                # talk to the built-in fake: no account needed

[[syncs]]
name        = "marketing-contacts"
destination = "marketing"
object      = "contacts"
audience    = "reachable_email"
order_by    = "priority_rank"                   # with limit: the top 500
limit       = 500
key         = { email = "email" }               # destination field = attribute or SQL expression
on_leave    = "clear"                           # keep | clear | delete, and remove_from_list where lists exist
schedule    = { cron = "*/15 * * * *", timezone = "Europe/Paris" }
guards      = { max_leave_pct = 10, max_change_pct = 60, max_reject_pct = 5, max_shift_points = 20 }
[syncs.fields]
rfm_segment  = "segment"
cycle_status = "cycle_status"
days_late    = { from = "lateness_days", tolerance = 1 }            # smaller moves are not worth a call
promo_score  = { from = "promo_score", tolerance = 5, null = "keep" }  # null: clear (default) | keep
first_name   = { from = "first_name", write = "if_empty" }          # always (default) | if_empty | on_create
call_rank    = { from = "priority_rank", trigger = false }          # goes along, but never causes a call by itself
"#;

#[test]
fn the_example_means_what_the_design_says() {
    let parsed = parse(EXAMPLE);
    assert!(parsed.diagnostics.is_empty(), "{}", parsed.diagnostics.to_text(TextStyle::plain()));
    let file = parsed.file.unwrap();
    assert_eq!(file.folder(), std::path::Path::new("conf"));

    let orders = file.export("orders").unwrap();
    assert_eq!(orders.format, Some(Format::Parquet));
    assert_eq!(orders.resolved_paths(file.folder()), [std::path::PathBuf::from("conf/exports/orders/*.parquet")]);
    assert_eq!(orders.column("net_amount").unwrap().as_str(), "total - tax");
    assert_eq!(orders.columns[0].name.value, "order_id");
    assert!((orders.max_bad_rows_pct - 1.0).abs() < f64::EPSILON);
    assert_eq!(orders.timezone.value, "UTC");

    assert_eq!(
        file.attributes.iter().map(|one| one.pack.value.as_str()).collect::<Vec<_>>(),
        ["rfm", "cycle", "promo"]
    );
    assert!(file.attribute("cycle").unwrap().is_empty());
    assert!(matches!(&file.segments[0].rule, SegmentRule::When(sql) if sql.as_str().starts_with("r_score")));

    let destination = file.destination("marketing").unwrap();
    assert!(destination.sandbox);
    assert_eq!(destination.pace.unwrap().requests_per_minute, Some(120));
    let config: serde_json::Value = destination.config.deserialize().unwrap();
    assert_eq!(config, serde_json::json!({ "api_key": "${SENDGRID_API_KEY}" }));

    let sync = file.sync("marketing-contacts").unwrap();
    assert_eq!(sync.limit, Some(500));
    assert_eq!((sync.key.field.as_str(), sync.key.from.as_str()), ("email", "email"));
    assert_eq!((sync.on_leave, sync.on_duplicate_key), (OnLeave::Clear, OnDuplicateKey::Reject));
    assert_eq!(sync.guards, Guards { max_change_pct: 60.0, ..Guards::default() });
    let names: Vec<_> = sync.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["rfm_segment", "cycle_status", "days_late", "promo_score", "first_name", "call_rank"]);
    assert_eq!((sync.fields[3].tolerance, sync.fields[3].null), (Some(Tolerance::Size(5.0)), NullPolicy::Keep));
    assert_eq!(sync.fields[4].write, WritePolicy::IfEmpty);
    assert!(!sync.fields[5].trigger && sync.fields[0].trigger);
}

#[test]
fn an_expression_knows_its_place_in_the_file() {
    let file = parse(EXAMPLE).file.unwrap();
    let sql = file.export("orders").unwrap().column("net_amount").unwrap();
    let place = sql.place_at(file.source(), 8);
    assert_eq!(place.source.slice(place.span), "t");
    assert_eq!((place.position().line, place.position().column), (5, 103));
}

#[test]
fn resolving_puts_variables_in_and_nothing_shows_them() {
    let file = parse(EXAMPLE).file.unwrap();
    let resolved =
        file.resolve(&TestCatalog, &|name| (name == "SENDGRID_API_KEY").then(|| "SG.geheim".into())).unwrap();
    let config = &resolved.destination("marketing").unwrap().config;
    assert_eq!(config.deserialize::<serde_json::Value>().unwrap()["api_key"], "SG.geheim");
    assert!(!format!("{resolved:?}").contains("geheim"));
    assert!(!serde_json::to_string(&resolved).unwrap().contains("geheim"));
    assert_eq!(file.fingerprint(), resolved.fingerprint());
}
