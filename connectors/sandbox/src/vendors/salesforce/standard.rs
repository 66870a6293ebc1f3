//! The org that the fake starts with: three standard objects, and the custom fields that an admin has added.

use super::schema::{FieldDef, Kind, ObjectDef};

/// Contact, Lead and Account. Lengths of standard fields are Salesforce's; the custom ones are examples.
pub(super) fn objects() -> Vec<ObjectDef> {
    let contact = [
        text("LastName", 80).required(),
        text("FirstName", 40),
        FieldDef::new("Email", Kind::Email).looked_up(),
        FieldDef::new("Phone", Kind::Phone),
        text("MailingCity", 40),
        FieldDef::new("Description", Kind::TextArea(32_000)),
        FieldDef::new("HasOptedOutOfEmail", Kind::Boolean),
        FieldDef::new("AccountId", Kind::Reference("Account".into())),
    ];
    let lead = [
        text("LastName", 80).required(),
        text("FirstName", 40),
        text("Company", 255).required(),
        FieldDef::new("Email", Kind::Email).looked_up(),
        FieldDef::new("Phone", Kind::Phone),
    ];
    let account = [text("Name", 255).required(), FieldDef::new("Phone", Kind::Phone), text("BillingCity", 40)];
    vec![
        ObjectDef::new("Contact", "003", contact.into_iter().chain(custom())),
        ObjectDef::new("Lead", "00Q", lead.into_iter().chain(custom())),
        ObjectDef::new("Account", "001", account.into_iter().chain(custom())),
    ]
}

fn text(name: &str, length: usize) -> FieldDef {
    FieldDef::new(name, Kind::Text(length))
}

/// What an admin adds for win-back work: see docs/connectors/salesforce.md.
fn custom() -> Vec<FieldDef> {
    let number = |precision, scale| Kind::Number { precision, scale };
    let statuses = ["recent", "soon", "late", "very_late", "inactive", "unknown"].map(str::to_owned).to_vec();
    vec![
        text("Lapwing_Id__c", 80).external_id(),
        text("RFM_Segment__c", 80),
        FieldDef::new("Cycle_Status__c", Kind::Picklist { values: statuses, restricted: false }),
        FieldDef::new("Days_Late__c", number(18, 0)),
        FieldDef::new("Promo_Score__c", number(5, 2)),
        FieldDef::new("Next_Order_On__c", Kind::Date),
        FieldDef::new("Last_Order_At__c", Kind::DateTime),
        FieldDef::new("Call_Rank__c", number(18, 0)),
        FieldDef::new("Revenue_12_Months__c", number(18, 2)),
        FieldDef::new("Is_At_Risk__c", Kind::Boolean),
    ]
}
