//! Findings of connectors get their place; fingerprints follow the meaning.

use lapwing_contract::Finding;

use super::support::{GOOD, parse};

#[test]
fn findings_find_their_place() {
    let file = parse(GOOD).file.unwrap();
    let at = |finding: Finding| {
        let place = file.diagnose("marketing", finding).place.unwrap();
        (place.position().line, place.source.slice(place.span).to_owned())
    };
    let field = Finding::error("x", "m").in_sync("contacts").at(["fields", "segment"]);
    assert_eq!(at(field), (13, "\"segment\"".to_owned()));
    assert_eq!(at(Finding::error("x", "m").at(["connector"])), (5, "\"sendgrid\"".to_owned()));
    assert_eq!(at(Finding::error("x", "m").at(["region"])).0, 4);
    assert_eq!(at(Finding::error("x", "m").in_sync("contacts")).0, 7);
}

#[test]
fn fingerprints_follow_the_meaning_and_nothing_else() {
    let of = |text: &str| parse(text).file.unwrap().fingerprint();
    let original = of(GOOD);
    assert_eq!(original.len(), 64);
    for same in [
        GOOD.replace("version = 1", "version = 1 # one\nname = \"x\""),
        GOOD.replace("${KEY}", "${OTHER_KEY}"),
        GOOD.replace("api_key", "pace = { requests_per_minute = 5 }\napi_key"),
        GOOD.replace("object = ", "on_leave = \"keep\"\nobject = "),
    ] {
        assert_eq!(of(&same), original, "{same}");
    }
    for other in [
        GOOD.replace("segment = \"segment\"", "segment = \"cycle_status\""),
        GOOD.replace("object = ", "on_leave = \"clear\"\nobject = "),
        GOOD.replace("api_key", "region = \"eu\"\napi_key"),
        GOOD.replace("orders.csv", "orders2.csv"),
    ] {
        assert_ne!(of(&other), original, "{other}");
    }
}
