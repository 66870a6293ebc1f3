//! What may be said of a request in errors and logs: method, host where it is foreign, path without ids.

use url::Url;

/// The marker that stands for an id in an operation.
pub(crate) const ID: &str = "{id}";

/// An id as one path segment: everything but letters, digits, `-` and `_` is encoded, dots included.
pub(crate) fn encoded_segment(id: &str) -> String {
    use std::fmt::Write as _;
    id.bytes().fold(String::with_capacity(id.len()), |mut path, byte| {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            path.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(path, "%{byte:02X}");
        }
        path
    })
}

/// Where a foreign address leads: its scheme and host. Path and query of a signed download are secrets.
pub(crate) fn origin(url: &Url) -> String {
    format!("{}://{}/…", url.scheme(), url.host_str().unwrap_or("?"))
}

/// The causes beneath an error of the wire, without any address: `reqwest` prints addresses with their queries.
pub(crate) fn without_address(error: reqwest::Error) -> Box<dyn std::error::Error + Send + Sync> {
    Box::new(error.without_url())
}

/// Says where in a document the parser stopped, and nothing of what stood there.
pub(crate) fn parse_failure(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Io => "cannot be read",
        serde_json::error::Category::Syntax => "is not JSON",
        serde_json::error::Category::Data => "is not shaped as documented",
        serde_json::error::Category::Eof => "ends too early",
    };
    format!("the answer {what} (line {}, column {})", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_download_shows_its_host_only() {
        let url = Url::parse("https://bucket.example/errors/job-7.csv?signature=abc").unwrap();
        assert_eq!(origin(&url), "https://bucket.example/…");
    }

    #[test]
    fn a_parse_failure_quotes_nothing() {
        let error = serde_json::from_str::<u32>("\"ada@example.com\"").unwrap_err();
        let shown = parse_failure(&error);
        assert!(shown.contains("not shaped as documented") && !shown.contains("ada"), "{shown}");
    }
}
