//! The same story at every vendor: everybody once, then only what differs, and the vendor ends equal to the snapshot.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::project::{Project, customer};

/// A vendor: how a project is pointed at it, and what it holds afterwards, as orders by customer.
pub(crate) struct Vendor {
    pub(crate) kind: &'static str,
    destination: &'static [&'static str],
    object: &'static str,
    key: &'static str,
    fields: &'static [&'static str],
    /// The method and path of a write.
    writes: (&'static str, &'static str),
    orders: fn(&Json) -> BTreeMap<String, Json>,
}

pub(crate) const VENDORS: [Vendor; 3] = [
    Vendor {
        kind: "salesforce",
        destination: &[
            "login_url = \"https://acme.my.salesforce.com\"",
            "client_id = \"a\"",
            "client_secret = \"${S}\"",
        ],
        object: "Contact",
        key: "key = { Lapwing_Id__c = \"customer_id\" }",
        fields: &["LastName = { from = \"first_name\", write = \"on_create\" }", "Call_Rank__c = \"frequency\""],
        writes: ("PATCH", "*/composite/sobjects/*"),
        orders: |state| by(&state["records"]["Contact"], "Lapwing_Id__c", |record| record["Call_Rank__c"].clone()),
    },
    Vendor {
        kind: "google_sheets",
        destination: &["spreadsheet = \"1AbCdEfGhIjKlMnOpQrStUvWxYz\"", "service_account_key = \"${S}\""],
        object: "Customers",
        key: "key = { Customer = \"customer_id\" }",
        fields: &["Name = \"first_name\"", "Orders = \"frequency\""],
        writes: ("POST", "*values:batchUpdate"),
        orders: |state| rows(state).into_iter().map(|row| (text(&row[0]), row[2].clone())).collect(),
    },
    Vendor {
        kind: "zendesk",
        destination: &["subdomain = \"acme\"", "client_id = \"a\"", "client_secret = \"${S}\""],
        object: "users",
        key: "key = { external_id = \"customer_id\" }",
        fields: &["name = \"first_name\"", "orders_count = \"frequency\""],
        writes: ("POST", "*create_or_update_many*"),
        orders: |state| by(&state["users"], "external_id", |user| user["user_fields"]["orders_count"].clone()),
    },
];

fn by(records: &Json, key: &str, value: impl Fn(&Json) -> Json) -> BTreeMap<String, Json> {
    let is_there = |record: &&Json| record[key].is_string() && record["active"] != false;
    let records = records.as_array().into_iter().flatten().filter(is_there);
    records.map(|record| (text(&record[key]), value(record))).collect()
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The rows below the header of the tab that the sync writes.
fn rows(state: &Json) -> Vec<Vec<Json>> {
    let tabs = state["spreadsheets"][0]["tabs"].as_array().unwrap_or_else(|| panic!("{state:#}"));
    let tab = tabs.iter().find(|tab| tab["title"] == "Customers").unwrap_or_else(|| panic!("{state:#}"));
    let rows = tab["rows"].as_array().into_iter().flatten().skip(1);
    rows.map(|row| row.as_array().cloned().unwrap_or_default()).filter(|row| !row.is_empty()).collect()
}

#[test]
fn a_plan_tells_its_share_of_the_day_where_the_vendor_counts_by_the_day() {
    let project = VENDORS[0].project();
    project.write();
    let plan = project.lapwing(&["plan", "--json"]).ended(0).sync();
    assert_eq!(plan["calls"], 1);
    let daily = &plan["daily_calls"];
    assert_eq!((&daily["limit"], &daily["granted"], &daily["share"]), (&json!(15_000), &json!(7_500), &json!(0.0001)));
    assert_eq!(project.requests().iter().filter(|request| request["method"] == "GET").count(), 1, "it only looks");
    let told = project.lapwing(&["plan"]).ended(0).stdout;
    assert!(told.contains("of the day's 15,000 calls: 0.0 %;") && told.contains("runs end at 7,500"), "{told}");
    assert!(told.contains("by sObject Collections: about 1 API call ("), "{told}");
}

impl Vendor {
    pub(crate) fn project(&self) -> Project {
        let mut project = Project::new();
        project.destination = vec![format!("connector = \"{}\"", self.kind), "sandbox = true".into()];
        project.destination.extend(self.destination.iter().map(|line| (*line).to_owned()));
        project.object = self.object.into();
        project.key = self.key.into();
        project.fields = self.fields.iter().map(|line| (*line).to_owned()).collect();
        project
    }

    pub(crate) fn holds(&self, project: &Project, expected: &[(&str, u64)]) {
        let found = (self.orders)(&project.vendor_state(self.kind));
        let expected: BTreeMap<String, Json> = expected.iter().map(|(id, n)| ((*id).to_owned(), json!(n))).collect();
        let whole = |value: &Json| value.as_f64();
        let same = found.len() == expected.len()
            && found.iter().all(|(id, value)| expected.get(id).is_some_and(|other| whole(other) == whole(value)));
        assert!(same, "{}: {found:?}", self.kind);
    }
}

fn everybody_is_sent_once_and_then_only_what_differs(vendor: &Vendor) {
    let mut project = vendor.project();
    project.sync().ended(0).figures(&[("rows", 5), ("added", 5), ("confirmed", 5), ("rejected", 0)]);
    vendor.holds(&project, &[("ada", 3), ("bob", 1), ("cyd", 2), ("dan", 4), ("eve", 1)]);
    project.sync().ended(0).figures(&[("unchanged", 5), ("requests", 0)]);
    project.customer("bob").orders.push((3, 1.0));
    project.customers.push(customer("fay", &[(10, 3.0)]));
    project.sync().ended(0).figures(&[("added", 1), ("changed", 1), ("confirmed", 2)]);
    vendor.holds(&project, &[("ada", 3), ("bob", 2), ("cyd", 2), ("dan", 4), ("eve", 1), ("fay", 1)]);
    project.sync().ended(0).figures(&[("unchanged", 6), ("requests", 0)]);
}

fn who_leaves_is_deleted_where_the_sync_says_so(vendor: &Vendor) {
    let mut project = vendor.project();
    project.sync.push("on_leave = \"delete\"".into());
    project.sync().ended(0);
    project.customers.retain(|customer| customer.id != "cyd");
    project.sync().ended(0).figures(&[("left", 1), ("confirmed", 1)]);
    vendor.holds(&project, &[("ada", 3), ("bob", 1), ("dan", 4), ("eve", 1)]);
    project.sync().ended(0).figures(&[("unchanged", 4), ("requests", 0)]);
}

/// Faults that a write meets, and from which the same run recovers.
fn what_goes_wrong_on_the_way_is_made_good_by_the_same_run(vendor: &Vendor) {
    let (method, path) = vendor.writes;
    let faults = [
        json!({ "action": "status", "status": 503 }),
        json!({ "action": "cut", "applied": true }),
        json!({ "action": "cut", "applied": false }),
    ];
    for action in &faults {
        let project = vendor.project();
        project.faults(&json!([{ "when": { "method": method, "path": path }, "then": action }]));
        project.sync().ended(0).figures(&[("confirmed", 5), ("rejected", 0), ("unknown", 0)]);
        vendor.holds(&project, &[("ada", 3), ("bob", 1), ("cyd", 2), ("dan", 4), ("eve", 1)]);
        project.no_faults();
        project.sync().ended(0).figures(&[("unchanged", 5), ("requests", 0)]);
    }
}

/// The stories of every vendor, each a test of its own: they take long, and go side by side.
macro_rules! stories {
    ($($vendor:ident: $number:literal),*) => {$(
        mod $vendor {
            use super::VENDORS;

            #[test]
            fn everybody_is_sent_once_and_then_only_what_differs() {
                super::everybody_is_sent_once_and_then_only_what_differs(&VENDORS[$number]);
            }

            #[test]
            fn who_leaves_is_deleted_where_the_sync_says_so() {
                super::who_leaves_is_deleted_where_the_sync_says_so(&VENDORS[$number]);
            }

            #[test]
            fn what_goes_wrong_on_the_way_is_made_good_by_the_same_run() {
                super::what_goes_wrong_on_the_way_is_made_good_by_the_same_run(&VENDORS[$number]);
            }

            #[test]
            fn what_a_vendor_has_stays_where_it_is_only_to_be_filled() {
                super::what_a_vendor_has_stays_where_it_is_only_to_be_filled(&VENDORS[$number]);
            }
        }
    )*};
}

stories!(salesforce: 0, google_sheets: 1, zendesk: 2);

#[test]
fn a_list_stands_in_the_order_of_its_audience() {
    let mut project = VENDORS[1].project();
    project.sync.extend(["mode = \"list\"", "order_by = \"frequency DESC\"", "limit = 3"].map(str::to_owned));
    project.sync().ended(0).figures(&[("rows", 3), ("confirmed", 3)]);
    let keys = |project: &Project| -> Vec<String> {
        rows(&project.vendor_state("google_sheets")).iter().map(|row| text(&row[0])).collect()
    };
    assert_eq!(keys(&project), ["dan", "ada", "cyd"]);
    project.sync().ended(0).figures(&[("unchanged", 3), ("requests", 0)]);
    for day in 10..15 {
        project.customer("eve").orders.push((day, 1.0));
    }
    project.sync().ended(0).figures(&[("added", 1), ("left", 1), ("confirmed", 2)]);
    assert_eq!(keys(&project), ["eve", "dan", "ada"]);
    // Nothing but the order differs: rows move, and no value is written.
    project.sync[1] = "mode = \"list\"".into();
    project.sync[2] = "order_by = \"frequency\"".into();
    project.sync[3] = "limit = 6".into();
    project.sync.push("audience = \"frequency >= 3\"".into());
    project.sync().ended(0).figures(&[("added", 0), ("changed", 0), ("unchanged", 3)]);
    assert_eq!(keys(&project), ["ada", "dan", "eve"]);
    project.sync().ended(0).figures(&[("unchanged", 3), ("requests", 0)]);
}

#[test]
fn a_list_is_for_destinations_that_keep_an_order() {
    let mut project = VENDORS[0].project();
    project.sync.extend(["mode = \"list\"", "order_by = \"frequency\"", "limit = 3"].map(str::to_owned));
    let ran = project.sync().ended(2);
    assert!(ran.talk().contains("list-mode"), "{}", ran.stderr);
}

fn what_a_vendor_has_stays_where_it_is_only_to_be_filled(vendor: &Vendor) {
    let mut project = vendor.project();
    project.sync().ended(0);
    std::fs::remove_file(project.state().join("ledger.duckdb")).unwrap();
    let orders =
        project.fields.pop().unwrap().replace("\"frequency\"", "{ from = \"frequency\", write = \"if_empty\" }");
    project.fields.push(orders);
    project.customer("eve").orders.push((10, 1.0));
    project.customers.push(customer("fay", &[(1, 1.0), (2, 1.0)]));
    project.sync().ended(0).figures(&[("added", 6), ("confirmed", 6)]);
    vendor.holds(&project, &[("ada", 3), ("bob", 1), ("cyd", 2), ("dan", 4), ("eve", 1), ("fay", 2)]);
    project.sync().ended(0).figures(&[("unchanged", 6), ("requests", 0)]);
}
