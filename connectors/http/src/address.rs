//! Addresses from a sync file: which ones may be trusted with credentials.

use url::Url;

use crate::is_loopback;

/// Why an address cannot be used. The words follow the name of the key that it stands under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It is no absolute http(s) address.
    #[error("is not an absolute https address")]
    NotAnAddress,
    /// It would send credentials in plain text.
    #[error("is plain http to another machine")]
    PlainText,
    /// It holds a user name, a query or a fragment.
    #[error("holds more than scheme, host and path")]
    Extras,
}

impl BadAddress {
    /// The way out.
    pub fn hint(self) -> &'static str {
        match self {
            Self::PlainText => "use https; plain http works for 127.0.0.1 and localhost only",
            Self::NotAnAddress | Self::Extras => "give scheme, host and path only, or leave it out",
        }
    }
}

/// An address that credentials may be sent to: https, or plain http on this machine; no user name, query or fragment.
///
/// # Errors
/// [`BadAddress`], without the address: it may hold a password.
pub fn api_address(given: &str) -> Result<Url, BadAddress> {
    let url = Url::parse(given).map_err(|_| BadAddress::NotAnAddress)?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(BadAddress::Extras);
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(BadAddress::PlainText),
        _ => Err(BadAddress::NotAnAddress),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_go_nowhere_in_plain_text_but_to_this_machine() {
        let bad = |given: &str| api_address(given).err();
        assert_eq!(bad("https://api.example/v3"), None);
        assert_eq!(bad("http://127.0.0.1:4010"), None);
        assert_eq!(bad("http://[::1]:4010"), None);
        assert_eq!(bad("http://localhost.evil.example"), Some(BadAddress::PlainText));
        assert_eq!(bad("http://api.example"), Some(BadAddress::PlainText));
        assert_eq!(bad("ftp://api.example"), Some(BadAddress::NotAnAddress));
        assert_eq!(bad("api.example"), Some(BadAddress::NotAnAddress));
        for extras in ["https://user@api.example", "https://api.example?a=b", "https://api.example#a"] {
            assert_eq!(bad(extras), Some(BadAddress::Extras), "{extras}");
        }
    }
}
