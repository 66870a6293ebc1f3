//! Whatever a sync file says, the forms hold together.

use proptest::prelude::*;

use super::*;

/// A dictionary with this text wherever texts come from outside.
fn of(hostile: &str) -> Dictionary {
    let own = || hostile.to_owned();
    let told = Told {
        type_name: "text".to_owned(),
        unit: None,
        meaning: own(),
        formula: own(),
        values: Values::Listed(vec![crate::attributes::PossibleValue { value: own(), meaning: own() }]),
        null: Some(own()),
    };
    let field = FieldPart {
        name: own(),
        is_key: false,
        from: own(),
        attributes: vec![own()],
        packs: vec!["custom".to_owned()],
        told: told.clone(),
        written: vec![own()],
    };
    let facts = vec![Fact { label: "Who", text: own(), code: Some(own()) }];
    let sync = SyncPart { name: own(), object: own(), facts, fields: vec![field] };
    let pack = PackPart {
        name: "custom".to_owned(),
        title: "Attributes of your own".to_owned(),
        text: "Needs `rfm`.".to_owned(),
        table: None,
        parameters: Vec::new(),
        attributes: vec![AttributePart { name: own(), told }],
    };
    let destination = DestinationPart { name: own(), connector: own(), syncs: vec![sync] };
    Dictionary { title: own(), destinations: vec![destination], packs: vec![pack], words: Vec::new() }
}

/// What markup there is, in order.
fn markup(page: &str) -> Vec<&str> {
    page.split('<').skip(1).filter_map(|after| after.split('>').next()).filter(|tag| !tag.starts_with("a id")).collect()
}

fn forms_hold(hostile: &str) {
    let same = |page: fn(&Dictionary) -> String| (page(&of(hostile)), page(&of("harmless text")));
    let (odd, plain) = same(html);
    assert_eq!(markup(&odd).len(), markup(&plain).len(), "{odd}");
    assert!(!odd.contains("<script") && !odd.contains("onerror=\""), "{odd}");
    let (odd, plain) = same(markdown);
    assert_eq!(odd.lines().count(), plain.lines().count(), "{odd}");
    let mut rows = csv::ReaderBuilder::new().from_reader(super::csv(&of(hostile)).unwrap().leak().as_bytes());
    let record = rows.records().next().unwrap().unwrap();
    assert_eq!(record.len(), 16);
    for cell in &record {
        assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "{cell}");
    }
}

#[test]
fn no_text_from_outside_becomes_markup_or_a_formula() {
    for hostile in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=\"alert(1)\">",
        "# a\n- b\n| c |\n```",
        "=HYPERLINK(\"https://example.com\")",
        "@SUM(A1)",
        "[x](javascript:alert(1))",
    ] {
        forms_hold(hostile);
    }
}

#[test]
fn links_that_a_text_makes_are_no_links() {
    let page = markdown(&of("[x](javascript:alert(1))"));
    let outside_code = page.lines().filter(|line| !line.contains('`'));
    assert!(outside_code.clone().count() > 3 && outside_code.clone().all(|line| !line.contains("[x](")), "{page}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_text_keeps_to_its_place(hostile in "[<>&\"'`|\\[\\]()#=+@\\n\\r\\t a-z-]{1,24}[a-z]") {
        forms_hold(&hostile);
    }
}
