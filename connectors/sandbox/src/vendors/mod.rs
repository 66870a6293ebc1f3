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
