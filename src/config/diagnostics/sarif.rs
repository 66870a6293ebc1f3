//! SARIF 2.1.0, for code-scanning views.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Diagnostic, Diagnostics, Place};

impl Diagnostics {
    /// One SARIF log with one run, in the present order.
    pub fn to_sarif(&self) -> Value {
        let codes: BTreeSet<&str> = self.iter().map(|item| item.code.as_ref()).collect();
        let rules: Vec<Value> = codes.iter().map(|code| json!({ "id": code })).collect();
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "lapwing",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                } },
                // Columns are counted in characters everywhere in Lapwing; SARIF's default is UTF-16 units.
                "columnKind": "unicodeCodePoints",
                "results": self.iter().map(result).collect::<Vec<_>>(),
            }],
        })
    }
}

fn result(diagnostic: &Diagnostic) -> Value {
    let mut text = diagnostic.message.clone();
    if let Some(hint) = &diagnostic.hint {
        text.push_str(". Hint: ");
        text.push_str(hint);
    }
    let related: Vec<Value> = diagnostic
        .related
        .iter()
        .map(|(place, words)| {
            let mut location = location(place);
            location["message"] = json!({ "text": words });
            location
        })
        .collect();
    let mut result = json!({
        "ruleId": diagnostic.code,
        "level": diagnostic.severity_word(),
        "message": { "text": text },
        "locations": diagnostic.place.iter().map(location).collect::<Vec<_>>(),
    });
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    result
}

fn location(place: &Place) -> Value {
    let (start, end) = (place.position(), place.end());
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(place) },
        "region": {
            "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column,
        },
    } })
}

/// The path as a relative or `file:` URI reference: forward slashes, other bytes than letters, digits and marks in percent.
fn uri(place: &Place) -> String {
    let path = place.source.path().to_string_lossy().replace('\\', "/");
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
