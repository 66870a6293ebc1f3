//! The vendors that a shop writes to: how each is set up, and how to read what it holds.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;

/// Names by customer.
pub(crate) type Held = BTreeMap<String, String>;

/// A destination with its sync, which has the same name.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    /// The fake behind it; none for files.
    pub(crate) kind: Option<&'static str>,
    pub(crate) table: &'static str,
    pub(crate) sync: &'static str,
    pub(crate) held: fn(&Json) -> Vec<(String, String)>,
    /// Whether who left the audience leaves the vendor, too.
    pub(crate) forgets: bool,
}

/// How many rows the list has.
pub(crate) const LIST_ROWS: usize = 20;

pub(crate) const PLACES: [Place; 7] = [
    Place {
        name: "marketing",
        kind: Some("sendgrid"),
        table: "connector = \"sendgrid\"\napi_key = \"${K}\"",
        sync: "object = \"contacts\"\nkey = { email = \"email\" }\nfields = { first_name = \"first_name\" }",
        held: |state| pairs(&state["contacts"], "email", |contact| &contact["first_name"]),
        forgets: false,
    },
    Place {
        name: "crm",
        kind: Some("salesforce"),
        table: SALESFORCE,
        sync: "object = \"Contact\"\nkey = { Lapwing_Id__c = \"customer_id\" }\non_leave = \"delete\"\n\
               fields = { LastName = \"first_name\" }",
        held: salesforce,
        forgets: true,
    },
    Place {
        name: "crm-in-bulk",
        kind: Some("salesforce"),
        table: "connector = \"salesforce\"\nlogin_url = \"https://acme.my.salesforce.com\"\nclient_id = \"a\"\n\
                client_secret = \"${K}\"\napi_budget_pct = 100\nbulk_from = 1",
        sync: "object = \"Contact\"\nkey = { Lapwing_Id__c = \"customer_id\" }\nfields = { LastName = \"first_name\" }",
        held: salesforce,
        forgets: false,
    },
    Place {
        name: "helpdesk",
        kind: Some("zendesk"),
        table: "connector = \"zendesk\"\nsubdomain = \"acme\"\nclient_id = \"a\"\nclient_secret = \"${K}\"",
        sync: "object = \"users\"\nkey = { external_id = \"customer_id\" }\nfields = { name = \"first_name\" }",
        held: |state| pairs(&state["users"], "external_id", |user| &user["name"]),
        forgets: false,
    },
    Place {
        name: "phone-team",
        kind: Some("google_sheets"),
        table: SHEETS,
        sync: "object = \"Customers\"\nkey = { Customer = \"customer_id\" }\nfields = { Name = \"first_name\" }",
        held: rows,
        forgets: false,
    },
    Place {
        name: "call-list",
        kind: Some("google_sheets"),
        table: SHEETS,
        sync: "object = \"Customers\"\nmode = \"list\"\norder_by = \"customer_id DESC\"\nlimit = 20\n\
               key = { Customer = \"customer_id\" }\nfields = { Name = \"first_name\" }",
        held: rows,
        forgets: true,
    },
    Place {
        name: "handover",
        kind: None,
        table: "connector = \"file\"\nfolder = \"out\"",
        sync: "object = \"customers\"\nkey = { Customer = \"customer_id\" }\nfields = { Name = \"first_name\" }",
        held: |_| Vec::new(),
        forgets: false,
    },
];

const SALESFORCE: &str = "connector = \"salesforce\"\nlogin_url = \"https://acme.my.salesforce.com\"\nclient_id = \"a\"\n\
                          client_secret = \"${K}\"\napi_budget_pct = 100";
const SHEETS: &str =
    "connector = \"google_sheets\"\nspreadsheet = \"1AbCdEfGhIjKlMnOpQrStUvWxYz\"\nservice_account_key = \"${K}\"";

fn pairs(records: &Json, key: &str, name: fn(&Json) -> &Json) -> Vec<(String, String)> {
    let is_there = |record: &&Json| record[key].is_string() && record["active"] != false;
    let records = records.as_array().into_iter().flatten().filter(is_there);
    records.map(|record| (customer(&record[key]), text(name(record)))).collect()
}

fn salesforce(state: &Json) -> Vec<(String, String)> {
    pairs(&state["records"]["Contact"], "Lapwing_Id__c", |record| &record["LastName"])
}

/// The rows below the header of the tab, every one of them: a doubled row shows.
fn rows(state: &Json) -> Vec<(String, String)> {
    let tabs = state["spreadsheets"][0]["tabs"].as_array().into_iter().flatten();
    let rows =
        tabs.filter(|tab| tab["title"] == "Customers").flat_map(|tab| tab["rows"].as_array().into_iter().flatten());
    rows.skip(1).filter(|row| row[0].is_string()).map(|row| (customer(&row[0]), text(&row[1]))).collect()
}

/// An address is that of its customer.
fn customer(key: &Json) -> String {
    text(key).trim_end_matches("@example.com").to_owned()
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Files with changes, in the order of their writing: by run, then by batch.
pub(crate) fn files(folder: &Path) -> Vec<(String, String)> {
    let Ok(entries) = std::fs::read_dir(folder.join("out")) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort_by_key(|name| {
        let numbers = name.trim_end_matches(".jsonl").split("-run").nth(1).unwrap();
        let (run, batch) = numbers.split_once('-').unwrap();
        (run.parse::<u32>().unwrap(), batch.parse::<u32>().unwrap())
    });
    names.into_iter().map(|name| (std::fs::read_to_string(folder.join("out").join(&name)).unwrap(), name)).collect()
}

/// What somebody has who applied all files in their order.
pub(crate) fn held_by_files(folder: &Path) -> Held {
    let mut held = Held::new();
    for (content, _) in files(folder) {
        for line in content.lines() {
            let change: Json = serde_json::from_str(line).unwrap();
            if change["operation"] == "delete" {
                held.remove(&customer(&change["key"]["Customer"]));
            } else if change["fields"]["Name"].is_string() {
                held.insert(customer(&change["key"]["Customer"]), text(&change["fields"]["Name"]));
            }
        }
    }
    held
}
