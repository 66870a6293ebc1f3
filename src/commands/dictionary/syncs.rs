//! The syncs of a file, field by field.

use std::collections::BTreeMap;

use lapwing_contract::{FieldType, OnLeave, SyncMode};

use crate::attributes::DescribedPack;
use crate::config::sync_file::{self, SyncFile};
use crate::engine::Expression;
use crate::plan::{FieldShape, SyncSpec};
use crate::report::dictionary::{AttributePart, DestinationPart, Fact, FieldPart, PackPart, SyncPart, Told};

use super::fields::{self, CUSTOMERS, Known};
use super::kept_nulls::KeptNulls;
use super::written;

/// What the engine knows of a sync file.
pub(super) struct Bound {
    /// The columns of `attributes` and their types.
    pub(super) types: Vec<(String, String)>,
    /// The syncs, in the order of the file, with the types of their fields.
    pub(super) specs: Vec<(SyncSpec, Vec<FieldShape>)>,
}

/// All that a file delivers, and the attributes that it takes for it.
pub(super) fn parts(
    file: &SyncFile,
    packs: &[DescribedPack],
    bound: &Bound,
    kept: &KeptNulls,
) -> (Vec<DestinationPart>, Vec<PackPart>) {
    let known = fields::known(file, packs, &bound.types);
    let synced: Vec<(&str, SyncPart)> = file
        .syncs
        .iter()
        .zip(&bound.specs)
        .map(|(sync, (spec, shapes))| (sync.destination.value.as_str(), sync_part(sync, spec, shapes, &known, kept)))
        .collect();
    let mut destinations: Vec<DestinationPart> = Vec::new();
    for destination in &file.destinations {
        let name = destination.name.value.as_str();
        let connector = destination.connector.value.clone();
        destinations.push(DestinationPart { name: name.to_owned(), connector, syncs: Vec::new() });
    }
    for (destination, sync) in synced {
        if let Some(part) = destinations.iter_mut().find(|part| part.name == destination) {
            part.syncs.push(sync);
        }
    }
    destinations.retain(|part| !part.syncs.is_empty());
    let packs = used_packs(packs, &known, &destinations);
    (destinations, packs)
}

fn sync_part(
    sync: &sync_file::SyncSpec,
    spec: &SyncSpec,
    shapes: &[FieldShape],
    known: &BTreeMap<String, Known>,
    kept: &KeptNulls,
) -> SyncPart {
    let mut parts = vec![key_part(sync, spec, known)];
    for ((field, mapped), shape) in sync.fields.iter().zip(&spec.fields).zip(shapes) {
        let told = fields::told(&mapped.value, &shape.field_type, known);
        let written = written::sentences(&kept.fitted(field), &shape.field_type, told.null.is_some());
        parts.push(field_part(&field.name.value, field.from.as_str(), &mapped.value, told, written, known));
    }
    SyncPart { name: sync.name.value.clone(), object: sync.object.value.clone(), facts: facts(sync), fields: parts }
}

/// Keys are sent as texts, whatever they are.
fn key_part(sync: &sync_file::SyncSpec, spec: &SyncSpec, known: &BTreeMap<String, Known>) -> FieldPart {
    let told = fields::told(&spec.key, &FieldType::Text, known);
    let told = Told { null: Some("Never: a customer without it is not sent.".to_owned()), ..told };
    let written = vec!["With every record: it tells them apart.".to_owned()];
    let part = field_part(&sync.key.field.value, sync.key.from.as_str(), &spec.key, told, written, known);
    FieldPart { is_key: true, ..part }
}

fn field_part(
    name: &str,
    from: &str,
    value: &Expression,
    told: Told,
    written: Vec<String>,
    known: &BTreeMap<String, Known>,
) -> FieldPart {
    let read = fields::read(value, known);
    let mut packs: Vec<String> = Vec::new();
    for one in &read {
        if !packs.contains(&one.pack) {
            packs.push(one.pack.clone());
        }
    }
    FieldPart {
        name: name.to_owned(),
        is_key: false,
        from: from.trim().to_owned(),
        attributes: read.iter().map(|one| one.name.clone()).collect(),
        packs,
        told,
        written,
    }
}

fn facts(sync: &sync_file::SyncSpec) -> Vec<Fact> {
    let fact = |label, text: &str| Fact { label, text: text.to_owned(), code: None };
    let mut facts = vec![Fact { label: "Object", text: String::new(), code: Some(sync.object.value.clone()) }];
    facts.push(match &sync.audience {
        Some(audience) => Fact {
            label: "Who",
            text: "customers for whom this is true:".to_owned(),
            code: Some(audience.as_str().trim().to_owned()),
        },
        None => fact("Who", "all customers"),
    });
    if let Some(limit) = sync.limit {
        let text = format!("at most {limit} of them, in this order:");
        let order = sync.order_by.as_ref().map_or(sync.key.from.as_str(), sync_file::SqlText::as_str);
        facts.push(Fact { label: "Limit", text, code: Some(order.trim().to_owned()) });
    }
    if !sync.lists.is_empty() {
        let names: Vec<&str> = sync.lists.iter().map(|list| list.value.as_str()).collect();
        facts.push(Fact { label: "Lists", text: String::new(), code: Some(names.join(", ")) });
    }
    facts.push(fact("On leaving", leaving(sync)));
    facts
}

fn leaving(sync: &sync_file::SyncSpec) -> &'static str {
    match (sync.mode, sync.on_leave) {
        (SyncMode::List, _) => "the record is deleted: the list has those who belong to it, and no others",
        (SyncMode::Upsert, OnLeave::Keep) => "the record stays as it was",
        (SyncMode::Upsert, OnLeave::Clear) => "the fields below are emptied, the key excepted",
        (SyncMode::Upsert, OnLeave::Delete) => "the record is deleted",
        (SyncMode::Upsert, OnLeave::RemoveFromList) => "the record stays, and is taken from the lists",
    }
}

/// The attributes that are delivered, by pack, in the order of the packs; last the columns of the customers export.
fn used_packs(
    packs: &[DescribedPack],
    known: &BTreeMap<String, Known>,
    destinations: &[DestinationPart],
) -> Vec<PackPart> {
    let fields = || destinations.iter().flat_map(|part| &part.syncs).flat_map(|sync| &sync.fields);
    let is_used = |name: &str| fields().any(|field| field.attributes.iter().any(|read| read == name));
    let part = |known: &Known| AttributePart { name: known.name.clone(), told: known.told.clone() };
    let mut parts: Vec<PackPart> = Vec::new();
    for pack in packs {
        let columns = pack.columns.iter().filter_map(|column| known.get(&column.name.to_lowercase()));
        let attributes = columns.filter(|one| is_used(&one.name)).map(part).collect();
        parts.push(PackPart { parameters: Vec::new(), attributes, ..PackPart::whole(pack) });
    }
    parts.push(PackPart {
        name: CUSTOMERS.to_owned(),
        title: "Customers".to_owned(),
        text: "Columns of the export of customers, delivered as they are.".to_owned(),
        table: None,
        parameters: Vec::new(),
        attributes: known.values().filter(|one| one.pack == CUSTOMERS && is_used(&one.name)).map(part).collect(),
    });
    parts.retain(|part| !part.attributes.is_empty());
    parts
}
