//! What every list of findings keeps, whatever it is about.

use lapwing::config::diagnostics::{Diagnostics, Severity, TextStyle};

/// Findings about one text, told in every way.
pub(crate) fn check(findings: &Diagnostics, text: &str) {
    for finding in findings {
        let code = &finding.code;
        let kebab = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        assert!(!code.is_empty() && code.bytes().all(kebab), "no code: {code:?}");
        assert!(!finding.message.trim().is_empty(), "{code} says nothing");
        assert!(finding.place.is_some() || finding.severity == Severity::Warning, "{code} has no place");
        for place in finding.place.iter().chain(finding.related.iter().map(|(place, _)| place)) {
            let span = place.span;
            assert!(text.get(span.start..span.end).is_some(), "{code} is at {span:?} of {} bytes", text.len());
        }
    }
    let told = findings.to_text(TextStyle::plain());
    assert_eq!(told.is_empty(), findings.is_empty());
    let _ = (findings.to_json(), findings.to_github(), findings.to_sarif());
}
