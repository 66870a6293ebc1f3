//! SendGrid Marketing Contacts as a destination.
