//! The fakes, one folder a vendor.

pub mod sendgrid;

use crate::Vendor;

/// The fake of the vendor that the connector `kind` talks to, with the vendor's usual limits; none where there is no
/// such fake.
pub fn by_kind(kind: &str, seed: u64) -> Option<Box<dyn Vendor>> {
    match kind {
        sendgrid::KIND => Some(Box::new(sendgrid::SendGrid::new(seed, sendgrid::Options::default()))),
        _ => None,
    }
}
