//! Every command at the most talkative level, with secrets and values that can be told from everything else: none of them
//! is in what is printed, logged or kept, but where a command is there to show it.

use std::path::Path;

use serde_json::json;

use crate::project::{Project, Ran};

/// The one secret of every destination.
const SECRET: &str = "hush-7f3a-secret";

/// What only customers have: a name, an address, an amount. Keys are the addresses, or these ids.
const VALUES: [&str; 4] = ["Zyxwalda", "zyxwalda", "quixotl", "777421.13"];

/// A vendor, its table, and its keys and fields; every secret is `${HUSH}`.
struct Vendor {
    kind: &'static str,
    table: &'static [&'static str],
    /// Where its API is, for a machine that does not answer.
    nowhere: &'static [&'static str],
    object: &'static str,
    key: &'static str,
    fields: &'static [&'static str],
}

const NOWHERE: &str = "base_url = \"http://127.0.0.1:9\"";

const VENDORS: [Vendor; 4] = [
    Vendor {
        kind: "sendgrid",
        table: &["api_key = \"${HUSH}\""],
        nowhere: &[NOWHERE],
        object: "contacts",
        key: "email = \"email\"",
        fields: &["first_name = \"first_name\"", "revenue = \"monetary\""],
    },
    Vendor {
        kind: "salesforce",
        table: &["login_url = \"https://acme.my.salesforce.com\"", "client_id = \"a\"", "client_secret = \"${HUSH}\""],
        nowhere: &[NOWHERE],
        object: "Contact",
        key: "Lapwing_Id__c = \"email\"",
        fields: &["LastName = { from = \"first_name\", write = \"on_create\" }", "Call_Rank__c = \"frequency\""],
    },
    Vendor {
        kind: "google_sheets",
        table: &[
            "spreadsheet = \"1AbCdEfGhIjKlMnOpQrStUvWxYz\"",
            "client_id = \"a\"",
            "client_secret = \"${HUSH}\"",
            "refresh_token = \"${HUSH}\"",
        ],
        nowhere: &[NOWHERE, "token_url = \"http://127.0.0.1:9/token\""],
        object: "Customers",
        key: "Customer = \"email\"",
        fields: &["Name = \"first_name\"", "Revenue = \"monetary\""],
    },
    Vendor {
        kind: "zendesk",
        table: &["subdomain = \"acme\"", "client_id = \"a\"", "client_secret = \"${HUSH}\""],
        nowhere: &[NOWHERE],
        object: "users",
        key: "external_id = \"email\"",
        fields: &["name = \"first_name\"", "revenue = \"monetary\""],
    },
];

impl Vendor {
    fn project(&self, more: &[&str]) -> Project {
        let mut project = Project::new();
        for (customer, name) in
            project.customers.iter_mut().zip(["Zyxwalda", "Quixotl", "Zyxwaldan", "Quixotla", "Zyxwaldo"])
        {
            name.clone_into(&mut customer.first_name);
            customer.email = format!("{}@example.com", name.to_lowercase());
            customer.orders = vec![(5, 777_421.13)];
        }
        project.destination = vec![format!("connector = \"{}\"", self.kind)];
        project.destination.extend(self.table.iter().chain(more).map(|line| (*line).to_owned()));
        project.object = self.object.into();
        project.key = format!("key = {{ {} }}", self.key);
        project.fields = self.fields.iter().map(|line| (*line).to_owned()).collect();
        project.write();
        project
    }
}

/// Runs a command as talkative as can be, and looks through what it says.
fn listen(project: &Project, format: &str, arguments: &[&str], may_show_values: bool) -> Ran {
    let variables = [
        ("HUSH", SECRET),
        ("LAPWING_LOG__LEVEL", "trace"),
        ("LAPWING_LOG__FORMAT", format),
        ("LAPWING_RETRY__MAX_ATTEMPTS", "1"),
        ("RUST_LOG", "trace"),
        ("RUST_BACKTRACE", "full"),
        ("COLUMNS", "400"),
    ];
    let ran = project.lapwing_with(arguments, &variables);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!said.contains(SECRET), "{arguments:?} tells the secret:\n{said}");
    let listened = if may_show_values { &ran.stderr } else { &said };
    for value in VALUES {
        assert!(!listened.contains(value), "{arguments:?} tells `{value}`:\n{said}");
    }
    ran
}

/// No file that Lapwing keeps holds the secret: neither the ledger nor the journals of fakes.
fn secrets_are_not_kept(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            secrets_are_not_kept(&path);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let holds = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!holds, "{} holds the secret", path.display());
    }
}

const COMMANDS: [(&[&str], bool); 12] = [
    (&["validate"], false),
    (&["validate", "--format", "sarif"], false),
    (&["attributes", "--sample", "0"], false),
    (&["plan"], false),
    (&["plan", "--json"], false),
    (&["apply"], false),
    (&["sync", "--dry-run"], false),
    (&["sync"], false),
    (&["sync", "--json"], false),
    (&["status", "--json"], false),
    (&["settings"], false),
    // There to show keys, and what vendors say of their values.
    (&["rejections"], true),
];

fn what_goes_well(vendor: &Vendor, format: &str) {
    let project = vendor.project(&["sandbox = true"]);
    for (arguments, may_show_values) in COMMANDS {
        let ran = listen(&project, format, arguments, may_show_values);
        assert_eq!(ran.exit, 0, "{}: {arguments:?}\n{}\n{}", vendor.kind, ran.stdout, ran.stderr);
    }
    secrets_are_not_kept(project.path());
}

/// What vendors answer when something is wrong, with the record in it: to which requests, and what.
fn answers() -> Vec<(serde_json::Value, serde_json::Value)> {
    let echo = "zyxwalda@example.com (Zyxwalda, 777421.13) is not valid";
    let body = json!({ "errors": [{ "field": "contacts[0].email", "message": echo }], "error": echo, "message": echo,
        "description": echo, "details": { "email": [{ "description": echo }] } });
    let status = |status: u16| json!({ "action": "status", "status": status, "body": body });
    vec![
        (
            json!({}),
            json!({ "action": "status", "status": 401, "body": { "error": format!("{SECRET} is no key of {echo}") } }),
        ),
        (json!({}), status(400)),
        (json!({ "body_contains": "yxwalda" }), status(422)),
        (json!({ "body_contains": "yxwalda" }), status(400)),
        (json!({}), json!({ "action": "wrong_json" })),
        (json!({}), json!({ "action": "cut", "applied": true })),
    ]
}

fn what_goes_wrong_at_the_vendor(vendor: &Vendor, format: &str) {
    let project = vendor.project(&["sandbox = true"]);
    let mut failures = 0;
    for (mut when, answer) in answers() {
        when["times"] = json!(100);
        project.faults(&json!([{ "when": when, "then": answer }]));
        failures += usize::from(listen(&project, format, &["sync"], false).exit != 0);
    }
    assert!(failures >= 3, "{}: only {failures} of the runs failed, and had something to tell", vendor.kind);
    listen(&project, format, &["rejections", "--json"], true);
    secrets_are_not_kept(&project.state().join("sandbox"));
}

fn a_machine_that_does_not_answer_and_rows_that_are_bad(vendor: &Vendor, format: &str) {
    let project = vendor.project(vendor.nowhere);
    let ran = listen(&project, format, &["sync"], false);
    assert_eq!(ran.exit, 4, "{}: {}", vendor.kind, ran.stderr);
    secrets_are_not_kept(project.path());
    let orders = "order_id,customer_id,ordered_at,net_amount\nzyxwalda-1,ada,quixotl-day,777421.13x\n";
    std::fs::write(project.path().join("orders.csv"), orders).unwrap();
    for command in ["validate", "attributes", "plan", "sync"] {
        listen(&project, format, &[command], false);
    }
    std::fs::write(project.path().join("customers.csv"), "customer_id,email\nada,\"zyxwalda\nquixotl,1,2,3\n").unwrap();
    for command in ["validate", "attributes", "plan", "sync"] {
        assert_ne!(listen(&project, format, &[command], false).exit, 0);
    }
}

/// What is listened to at each vendor, each a test of its own: they take long, and go side by side.
macro_rules! is_told_without_secrets_and_values {
    ($($vendor:ident: $number:literal, $well:literal, $wrong:literal;)*) => {$(
        mod $vendor {
            use super::VENDORS;

            #[test]
            fn what_goes_well_is_told_without_secrets_and_values() {
                super::what_goes_well(&VENDORS[$number], $well);
            }

            #[test]
            fn what_goes_wrong_at_the_vendor_is_told_without_secrets_and_values() {
                super::what_goes_wrong_at_the_vendor(&VENDORS[$number], $wrong);
            }

            #[test]
            fn a_machine_that_does_not_answer_and_rows_that_are_bad_are_told_without_secrets_and_values() {
                super::a_machine_that_does_not_answer_and_rows_that_are_bad(&VENDORS[$number], $well);
            }
        }
    )*};
}

is_told_without_secrets_and_values! {
    sendgrid: 0, "text", "json";
    salesforce: 1, "json", "text";
    google_sheets: 2, "text", "json";
    zendesk: 3, "json", "text";
}

#[test]
fn a_secret_that_is_written_out_is_masked_by_every_command() {
    let mut project = VENDORS[0].project(&[]);
    project.destination[1] = format!("api_key = \"{SECRET}\"");
    project.write();
    for command in [&["validate"][..], &["validate", "--format", "json"], &["plan"], &["sync"], &["attributes"]] {
        // The file itself is wrong; whoever reads the report may not be whoever wrote it.
        assert_eq!(listen(&project, "text", command, false).exit, 2, "{command:?}");
    }
}
