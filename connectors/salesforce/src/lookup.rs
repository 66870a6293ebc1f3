//! Records by key: queries of as many keys as an address has room for.

use std::collections::{BTreeSet, HashMap};

use chrono::DateTime;
use lapwing_contract::{Batch, DestinationError, ErrorKind, FieldType, Prepared, Value, agree};
use lapwing_http::ApiRequest;
use serde_json::{Map, Value as Json};
use url::form_urlencoded;

use crate::api::Page;
use crate::encode::{Cell, folded};
use crate::fields::VendorType;
use crate::org::Org;
use crate::request::is_numeric_key;

/// Longest query, encoded. Addresses that are too long are refused with 414 or 431 (documented); known clients stay below
/// 16 KB, *unverified*, and half of it leaves room.
const QUERY_BYTES: usize = 8_000;

/// Longest list of columns in a query: with more, the object is read in several.
const COLUMN_BYTES: usize = 4_000;

/// Keys of one call, which bound what it keeps in memory.
pub(crate) const KEYS_PER_CALL: usize = 2_000;
/// Keys that a query holds, about: so many of 30 bytes fit.
pub(crate) const KEYS_PER_REQUEST: usize = 200;

/// A record of a query.
type Found = Map<String, Json>;

/// The ids of a batch's records, in its order: none where a record is not there, several where a key means several.
pub(crate) async fn ids(org: &Org, batch: &Batch) -> Result<Vec<Vec<String>>, DestinationError> {
    let keys: Vec<&Value> = batch.records.iter().map(|record| &record.key).collect();
    let found = find(org, &batch.target, &keys, &["Id"]).await?;
    let id = |row: &Found| row.get("Id").and_then(Json::as_str).map(str::to_owned);
    Ok(found.iter().map(|rows| rows.iter().filter_map(id).collect()).collect())
}

/// The values of the target's fields, in the order of the keys. Where a key means several records, those of the first.
pub(crate) async fn values(
    org: &Org,
    target: &Prepared,
    keys: &[Value],
) -> Result<Vec<Option<Vec<Value>>>, DestinationError> {
    let keys: Vec<&Value> = keys.iter().collect();
    let mut rows: Vec<Option<Found>> = vec![None; keys.len()];
    for columns in groups(target) {
        let found = find(org, target, &keys, &columns).await?;
        for (row, more) in rows.iter_mut().zip(found) {
            let Some(more) = more.into_iter().next() else { continue };
            row.get_or_insert_default().extend(more);
        }
    }
    let read = |row: &Found| {
        let fields = target.fields.iter().zip(&target.target.fields);
        fields.map(|(binding, spec)| value(row.get(&binding.id), &spec.field_type)).collect()
    };
    Ok(rows.iter().map(|row| row.as_ref().map(read)).collect())
}

/// The columns of a target, in as few groups as leave most of a query to the keys. At least one, be it empty.
fn groups(target: &Prepared) -> Vec<Vec<&str>> {
    let mut groups = vec![Vec::new()];
    let mut used = 0;
    for name in target.fields.iter().map(|binding| binding.id.as_str()) {
        if used + name.len() > COLUMN_BYTES {
            groups.push(Vec::new());
            used = 0;
        }
        used += name.len() + "%2C".len();
        if let Some(group) = groups.last_mut() {
            group.push(name);
        }
    }
    groups
}

/// Whether what was read is what Salesforce shows of a value: an instant holds whole seconds, and a multi-select picklist
/// gives its entries in an order of its own.
pub(crate) fn agrees(target: &Prepared, field: usize, confirmed: &Value, read: &Value) -> bool {
    let (Some(binding), Some(spec)) = (target.fields.get(field), target.target.fields.get(field)) else {
        return agree(confirmed, read);
    };
    let kind = VendorType::parse(&binding.vendor_type).unwrap_or(VendorType::Text);
    if kind == VendorType::MultiPicklist {
        return entries(confirmed) == entries(read);
    }
    let Some(cell) = Cell::of(confirmed, kind) else { return agree(confirmed, read) };
    let shown = cell.to_text().map(|text| Json::from(text.into_owned()));
    agree(&value(shown.as_ref(), &spec.field_type), read)
}

fn entries(picked: &Value) -> BTreeSet<String> {
    let texts: Vec<String> = match picked {
        Value::List(items) => items.iter().map(Value::to_text).collect(),
        other => other.to_text().split(';').map(str::to_owned).collect(),
    };
    texts.into_iter().filter(|entry| !entry.is_empty()).collect()
}

/// The records of each key.
async fn find(
    org: &Org,
    target: &Prepared,
    keys: &[&Value],
    columns: &[&str],
) -> Result<Vec<Vec<Found>>, DestinationError> {
    let is_number = is_numeric_key(target);
    let key = &target.key.id;
    let columns: Vec<&str> =
        std::iter::once(key.as_str()).chain(columns.iter().copied().filter(|name| name != key)).collect();
    let start = format!("SELECT {} FROM {} WHERE {key} IN (", columns.join(","), target.target.object);
    let mut by_key: HashMap<String, Vec<Found>> = HashMap::new();
    for query in queries(&start, literals(keys, target, is_number)) {
        for row in all(org, query).await? {
            let own = match row.get(key) {
                Some(Json::String(text)) => folded(text, is_number),
                Some(other) => folded(&other.to_string(), is_number),
                None => continue,
            };
            by_key.entry(own).or_default().push(row);
        }
    }
    Ok(keys.iter().map(|key| by_key.get(&folded(&key.to_text(), is_number)).cloned().unwrap_or_default()).collect())
}

/// The most pages of one query, each of which holds at least 200 records. A query asks for some hundred keys.
const MAX_PAGES: usize = 100;

/// What a query finds, page by page.
async fn all(org: &Org, query: String) -> Result<Vec<Found>, DestinationError> {
    let mut found = Vec::new();
    let mut request = ApiRequest::get(&org.path("query")).query("q", query);
    for _ in 0..MAX_PAGES {
        let page: Page = org.send(request).await?.json()?;
        found.extend(page.records);
        let Some(next) = page.next else { return Ok(found) };
        request = further(org, &next)?;
    }
    let message = format!("a query for some keys has more than {MAX_PAGES} pages");
    Err(DestinationError::new(ErrorKind::Protocol, format!("GET {}", org.path("query")), message))
}

/// The next page, whose address Salesforce gives. Nothing but its last part is taken from there.
fn further(org: &Org, next: &str) -> Result<ApiRequest, DestinationError> {
    let locator = next.rsplit('/').next().filter(|locator| !locator.is_empty());
    let locator = locator.ok_or_else(|| {
        DestinationError::new(ErrorKind::Protocol, format!("GET {}", org.path("query")), "the next page has no address")
    })?;
    Ok(ApiRequest::get(&org.path("query")).id(locator))
}

/// Keys as literals. One that is longer than the field takes is not there.
fn literals(keys: &[&Value], target: &Prepared, is_number: bool) -> Vec<String> {
    let fits = |text: &str| target.key.max_chars.is_none_or(|most| text.len() <= most || text.chars().count() <= most);
    let texts = keys.iter().map(|key| key.to_text()).filter(|text| !text.is_empty() && fits(text));
    if is_number {
        // A key that is no number would make the query one that cannot be read.
        return texts.filter(|text| text.parse::<i64>().is_ok()).collect();
    }
    texts.map(|text| quoted(&text)).collect()
}

/// A text in a query. Unquoted, a key such as `x' OR Name != '` would ask for other records.
fn quoted(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    for character in text.chars() {
        match character {
            '\\' | '\'' | '"' => literal.extend(['\\', character]),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            other => literal.push(other),
        }
    }
    literal.push('\'');
    literal
}

/// As few queries as there is room for.
fn queries(start: &str, literals: Vec<String>) -> Vec<String> {
    let length = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).map(str::len).sum::<usize>();
    let mut queries: Vec<String> = Vec::new();
    let (mut query, mut used) = (String::new(), 0);
    for literal in literals {
        let more = length(&literal) + length(",");
        if !query.is_empty() && used + more > QUERY_BYTES {
            queries.push(std::mem::take(&mut query) + ")");
        }
        if query.is_empty() {
            query.push_str(start);
            used = length(start);
        } else {
            query.push(',');
        }
        query.push_str(&literal);
        used += more;
    }
    if !query.is_empty() {
        queries.push(query + ")");
    }
    queries
}

/// A value as the sync knows it: times and lists are written in Salesforce's own way.
fn value(json: Option<&Json>, field_type: &FieldType) -> Value {
    let Some(json) = json else { return Value::Null };
    match (field_type, json.as_str()) {
        (FieldType::Timestamp, Some(text)) => instant(text).unwrap_or(Value::Text(text.to_owned())),
        (FieldType::List(of), Some(text)) if **of == FieldType::Text && !text.starts_with('[') => {
            Value::List(text.split(';').map(|entry| Value::Text(entry.to_owned())).collect())
        }
        (FieldType::List(_), _) => Value::from_json(json, &FieldType::Json),
        _ => Value::from_json(json, field_type),
    }
}

/// `2026-05-04T08:00:00.000+0000` (recorded), or RFC 3339.
fn instant(text: &str) -> Option<Value> {
    let zoned =
        DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z").or_else(|_| DateTime::parse_from_rfc3339(text));
    zoned.ok().map(|at| Value::Timestamp(at.to_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_contract::{Decimal, FieldBinding, FieldSpec, Target};

    #[test]
    fn a_key_cannot_leave_its_quotes() {
        assert_eq!(quoted("x' OR Name != '"), r"'x\' OR Name != \''");
        assert_eq!(quoted("a\\\n\"☂"), "'a\\\\\\n\\\"☂'");
    }

    #[test]
    fn queries_stay_short_and_ask_for_every_key_once() {
        let literals: Vec<String> = (0..2_000).map(|n| quoted(&format!("ключ-{n}"))).collect();
        let queries = queries("SELECT Id FROM Contact WHERE Ext__c IN (", literals.clone());
        assert!(queries.len() > 1);
        for query in &queries {
            let encoded: usize = form_urlencoded::byte_serialize(query.as_bytes()).map(str::len).sum();
            assert!(encoded <= QUERY_BYTES + 10, "{encoded}");
        }
        let all: usize = queries.iter().map(|query| query.matches("ключ").count()).sum();
        assert_eq!(all, literals.len());
        assert!(self::queries("x", Vec::new()).is_empty());
    }

    #[test]
    fn values_come_back_in_the_syncs_types() {
        let json = |text: &str| serde_json::from_str::<Json>(text).unwrap();
        let read = |text: &str, of| value(Some(&json(text)), &of);
        assert_eq!(read("12.0", FieldType::Int), Value::Int(12));
        assert_eq!(read("12.5", FieldType::Decimal), Value::Decimal(Decimal { unscaled: 125, scale: 1 }));
        for spelling in ["1e-7", "1.0E-7", "0.0000001"] {
            assert_eq!(
                read(spelling, FieldType::Decimal),
                Value::Decimal(Decimal { unscaled: 1, scale: 7 }),
                "{spelling}"
            );
        }
        let at = read("\"1969-12-31T23:59:59.000+0000\"", FieldType::Timestamp);
        assert_eq!(at, Value::Timestamp(DateTime::UNIX_EPOCH - chrono::TimeDelta::seconds(1)));
        let list = Value::List(vec![Value::Text("a".into()), Value::Text("b".into())]);
        assert_eq!(read("\"a;b\"", FieldType::List(Box::new(FieldType::Text))), list);
        assert_eq!(read("null", FieldType::Int), Value::Null);
        assert_eq!(read("\"x\"", FieldType::Int), Value::Text("x".into()));
    }

    /// A target of one field.
    fn target(vendor_type: &str, field_type: FieldType) -> Prepared {
        Prepared {
            target: Target::new(
                "s",
                "Contact",
                FieldSpec::new("Key__c", FieldType::Text),
                vec![FieldSpec::new("Field__c", field_type)],
            ),
            key: FieldBinding::new("Key__c", "string"),
            fields: vec![FieldBinding::new("Field__c", vendor_type)],
            list_ids: Vec::new(),
        }
    }

    #[test]
    fn what_salesforce_makes_of_a_value_is_no_difference() {
        let texts = |texts: &[&str]| Value::List(texts.iter().map(|text| Value::Text((*text).into())).collect());
        let at = |text: &str| Value::Timestamp(text.parse().unwrap());
        let list = || FieldType::List(Box::new(FieldType::Text));
        for (kind, of, confirmed, read, same) in [
            ("multipicklist", list(), texts(&["b", "a"]), texts(&["a", "b"]), true),
            ("multipicklist", list(), texts(&["b", "a"]), texts(&["a"]), false),
            ("multipicklist", FieldType::Text, Value::Text("b;a".into()), Value::Text("a;b".into()), true),
            ("datetime", FieldType::Timestamp, at("2026-05-04T08:00:00.123456Z"), at("2026-05-04T08:00:00Z"), true),
            ("datetime", FieldType::Timestamp, at("2026-05-04T08:00:00Z"), at("2026-05-04T08:00:01Z"), false),
            ("double(16,2)", FieldType::Float, Value::Float(12.5), Value::Float(12.50), true),
            ("boolean", FieldType::Bool, Value::Bool(false), Value::Bool(false), true),
            ("string", FieldType::Text, Value::Text("a".into()), Value::Text("A".into()), false),
        ] {
            assert_eq!(agrees(&target(kind, of), 0, &confirmed, &read), same, "{kind}");
        }
    }

    #[test]
    fn many_columns_are_read_in_several_queries() {
        let mut wide = target("string", FieldType::Text);
        let one = wide.fields[0].clone();
        let named = |n: usize| FieldBinding { id: format!("A_rather_long_name_{n}__c"), ..one.clone() };
        wide.fields = (0..500).map(named).collect();
        let groups = groups(&wide);
        assert!(groups.len() > 1 && groups.iter().all(|group| group.join("%2C").len() <= COLUMN_BYTES));
        assert_eq!(groups.concat().len(), 500);
    }
}
