//! Files from strangers: no panic, bounded work.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::example::EXAMPLE;
use super::support::{GOOD, TestCatalog, parse};
use crate::config::diagnostics::{Diagnostics, TextStyle};
use crate::config::sync_file::limits;

/// Everything that can be done with a text.
fn exercise(text: &str) {
    let parsed = parse(text);
    let _ = parsed.diagnostics.to_text(TextStyle { colour: true, ..TextStyle::plain() });
    let _ = (parsed.diagnostics.to_json(), parsed.diagnostics.to_github(), parsed.diagnostics.to_sarif());
    if let Some(file) = parsed.file {
        let _ = file.fingerprint();
        let _ = file.resolve(&TestCatalog, &|name| Some(name.to_lowercase()));
        for destination in &file.destinations {
            let _ = destination.config.deserialize::<serde_json::Value>();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        exercise(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn toml_like_texts_do_no_harm(text in "(version = 1\n)?([a-z.\\[\\]{}=\"'$0-9é#,\n -]|syncs|fields|\\[\\[syncs\\]\\]\n|exports|= \\{){0,60}") {
        exercise(&text);
    }

    #[test]
    fn mutations_of_a_good_file_do_no_harm(
        at in 0..EXAMPLE.len(), length in 0_usize..40, piece in "[a-z\\[\\]{}=\"'$0-9é#,\n.-]{0,6}",
    ) {
        let floor = |mut at: usize| { while !EXAMPLE.is_char_boundary(at) { at -= 1; } at };
        let (start, end) = (floor(at), floor((at + length).min(EXAMPLE.len())));
        exercise(&format!("{}{piece}{}", &EXAMPLE[..start], &EXAMPLE[end.max(start)..]));
    }

    #[test]
    fn values_of_any_type_in_any_place_do_no_harm(
        which in 0_usize..40, value in prop::sample::select(vec!["1", "-1", "1e400", "nan", "99999999999999999999", "true", "[]", "{}", "[[1]]", "''", "1979-05-27", "07:32:00", "{ a = { b = 1 } }", "\"${A}\"", "\"${\""]),
    ) {
        let mut seen = 0;
        let text: String = EXAMPLE.lines().map(|line| match line.split_once(" = ") {
            Some((key, _)) if { seen += 1; seen - 1 == which } => format!("{key} = {value}\n"),
            _ => format!("{line}\n"),
        }).collect();
        exercise(&text);
    }
}

#[test]
fn a_file_beyond_the_bound_is_refused_unread() {
    let parsed = parse(&format!("{GOOD}#{}", "x".repeat(limits::FILE_BYTES)));
    assert!(parsed.file.is_none());
    assert_eq!(parsed.diagnostics.iter().next().unwrap().code, "file-too-large");
}

#[test]
fn lists_beyond_their_bounds_are_refused() {
    let mut fields = GOOD.to_owned();
    for number in 0..=limits::FIELDS {
        let _ = writeln!(fields, "f{number} = \"x\"");
    }
    let parsed = parse(&fields);
    assert!(parsed.diagnostics.iter().any(|item| item.code == "too-many"));
    assert_eq!(parsed.file.unwrap().syncs[0].fields.len(), limits::FIELDS);
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    let deep = format!("version = 1\nx = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(parse(&deep).diagnostics.has_errors());
    let dotted = format!("version = 1\n{} = 1", vec!["a"; 50_000].join("."));
    assert!(parse(&dotted).diagnostics.has_errors());
}

#[test]
fn a_file_full_of_mistakes_gives_a_report_of_bounded_length() {
    let mut text = GOOD.replace("[destinations", "[attributes.rfm]\n[destinations");
    text.push_str("[nonsense]\n");
    for number in 0..5000 {
        let _ = writeln!(text, "[exports.e{number}]");
    }
    let diagnostics = parse(&text).diagnostics;
    assert_eq!(diagnostics.len(), Diagnostics::MOST);
    assert!(diagnostics.omitted() > 4000 && diagnostics.has_errors());
}

#[test]
fn two_hundred_lines_are_read_in_well_under_five_milliseconds() {
    let mut text = EXAMPLE.to_owned();
    for number in 0..160 {
        let _ = writeln!(text, "field_{number} = {{ from = \"coalesce(a, b)\", tolerance = 1 }}");
    }
    assert!(text.lines().count() >= 200);
    // The best of several: a busy machine may interrupt any of them.
    let best = (0..20)
        .map(|_| {
            let start = Instant::now();
            let _ = parse(&text);
            start.elapsed()
        })
        .min()
        .unwrap();
    // Tests run without optimisation; a release build is several times faster.
    assert!(best < Duration::from_millis(5), "{best:?}");
}
