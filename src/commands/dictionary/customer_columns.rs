//! What the columns of the customers export mean that are delivered as they are.

use crate::attributes::Values;
use crate::config::sync_file::SyncFile;
use crate::engine::field_type;
use crate::report::dictionary::{Told, type_in_words};

/// A column of the customers export, of the SQL type that the engine gives it.
pub(super) fn told(file: &SyncFile, name: &str, sql_type: &str) -> Told {
    let formula = match file.export("customers").map(|export| export.column(name)) {
        Some(Some(sql)) => format!("{} of the export customers", sql.as_str().trim()),
        Some(None) => format!("{name} of the export customers"),
        // Without such an export, customers are those who ordered.
        None => format!("{name} of the orders"),
    };
    Told {
        type_name: type_in_words(field_type(sql_type).as_ref()),
        unit: None,
        meaning: meaning(name),
        formula,
        values: Values::Any,
        null: (name != "customer_id").then(|| "The export has none for the customer.".to_owned()),
    }
}

fn meaning(name: &str) -> String {
    let known = match name {
        "customer_id" => "What the warehouse knows the customer by.",
        "email" => "The customer's e-mail address.",
        "phone" => "The customer's phone number.",
        "mobile" => "The customer's mobile number.",
        "postal_address" => "The customer's postal address.",
        "email_opt_in" => "Whether the customer agreed to e-mail.",
        "sms_opt_in" => "Whether the customer agreed to text messages.",
        "phone_opt_in" => "Whether the customer agreed to calls.",
        "post_opt_in" => "Whether the customer agreed to letters.",
        _ => return format!("The column {name} of the customers export, as it is."),
    };
    known.to_owned()
}
