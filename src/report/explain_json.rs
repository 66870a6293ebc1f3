//! One customer in every sync, as a JSON document. Values are shown: they are what is asked for.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::plan::{FieldTrace, Held};

use super::explain_text::{Behind, ExplainedSync, Mapping, standing};

pub(crate) fn json(asked: &str, as_of: DateTime<Utc>, syncs: &[ExplainedSync], behind: &[Behind]) -> Value {
    let syncs: Vec<Value> = syncs.iter().map(sync_json).collect();
    let customers: Vec<Value> = behind
        .iter()
        .map(|customer| {
            let attributes = customer.attributes.iter();
            let attributes: Vec<Value> = attributes
                .map(|(name, value, formula)| json!({ "name": name, "value": value, "formula": formula }))
                .collect();
            let orders = customer.orders.as_ref().map(|orders| {
                json!({ "count": orders.count, "first": orders.first.map(stamp), "last": orders.last.map(stamp),
                    "net": orders.net })
            });
            json!({ "customer_id": customer.customer_id, "orders": orders, "attributes": attributes })
        })
        .collect();
    json!({ "key": asked, "as_of": stamp(as_of), "customers": customers, "syncs": syncs })
}

fn sync_json(sync: &ExplainedSync) -> Value {
    let records: Vec<Value> = sync
        .traces
        .iter()
        .map(|trace| {
            let fields: Vec<Value> = trace.fields.iter().zip(&sync.mapping).map(field_json).collect();
            json!({ "customer_id": trace.customer_id, "key": trace.key, "standing": trace.standing,
                "because": trace.because, "reason": standing(trace), "confirmed": trace.held.as_ref().map(held_json),
                "refused": trace.refused, "fields": fields })
        })
        .collect();
    json!({ "name": sync.name, "destination": sync.destination, "object": sync.object, "key_field": sync.key_field,
        "guards": sync.trips, "records": records })
}

fn field_json((field, mapping): (&FieldTrace, &Mapping)) -> Value {
    json!({ "field": field.name, "from": mapping.expression, "tolerance": mapping.tolerance, "now": field.now,
        "confirmed": field.confirmed, "known": field.known,
        "confirmed_run": field.confirmed_run, "confirmed_at": field.confirmed_at.map(stamp), "sent": field.verdict.is_sent(), "verdict": field.verdict })
}

fn held_json(held: &Held) -> Value {
    json!({ "present": held.present, "first_run": held.first_run, "first_at": held.first_at.map(stamp),
        "last_run": held.last_run, "last_at": held.last_at.map(stamp) })
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
