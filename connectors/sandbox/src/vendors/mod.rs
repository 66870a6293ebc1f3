//! The fakes, one folder a vendor.

pub mod google_sheets;
pub mod salesforce;
pub mod sendgrid;
pub mod zendesk;

use crate::Vendor;

/// The connectors whose vendors have a fake here.
pub const KINDS: [&str; 4] = [google_sheets::KIND, salesforce::KIND, sendgrid::KIND, zendesk::KIND];

/// The fake of the vendor that the connector `kind` talks to, with the vendor's usual limits; none where there is no
/// such fake.
pub fn by_kind(kind: &str, seed: u64) -> Option<Box<dyn Vendor>> {
    match kind {
        google_sheets::KIND => Some(Box::new(google_sheets::GoogleSheets::new(google_sheets::Options::default()))),
        salesforce::KIND => Some(Box::new(salesforce::Salesforce::new(seed, salesforce::Options::default()))),
        sendgrid::KIND => Some(Box::new(sendgrid::SendGrid::new(seed, sendgrid::Options::default()))),
        zendesk::KIND => Some(Box::new(zendesk::Zendesk::new(seed, zendesk::Options::default()))),
        _ => None,
    }
}

/// `1 list`, `2,469 contacts`.
fn counted(count: usize, noun: &str) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    let ending = if count == 1 { "" } else { "s" };
    format!("{text} {noun}{ending}")
}

/// Whether a signature is that of a key: an `RSAPublicKey` in DER. RS256, by the same library that TLS uses.
fn is_signed(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let schemes = rustls::crypto::ring::default_provider().signature_verification_algorithms.mapping;
    let of_rs256 = schemes.iter().filter(|(scheme, _)| *scheme == rustls::SignatureScheme::RSA_PKCS1_SHA256);
    of_rs256
        .flat_map(|(_, algorithms)| algorithms.iter())
        .any(|algorithm| algorithm.verify_signature(public_key, message, signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_fake() {
        for kind in KINDS {
            assert_eq!(by_kind(kind, 1).map(|vendor| vendor.kind()), Some(kind));
        }
        assert!(by_kind("abacus", 1).is_none());
    }
}
