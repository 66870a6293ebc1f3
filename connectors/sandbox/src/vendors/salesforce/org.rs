//! The state of one org: its records, and its way to and from lines of JSON.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Write};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json, json};

use super::ids::record_id;
use super::jobs::{Job, Jobs};
use super::limits::Usage;
use super::schema::{ObjectDef, Schema};
use super::values::folded;
use crate::Ids;

/// The values of a record, by the places of their fields. Nulls are left out.
pub(super) type Row = BTreeMap<usize, Json>;

/// The records of one object.
#[derive(Default)]
pub(super) struct Table {
    pub(super) rows: BTreeMap<u64, Row>,
    /// By field and folded value, for fields that records are looked up by or that are unique.
    index: HashMap<usize, HashMap<String, BTreeSet<u64>>>,
}

impl Table {
    /// The records with this value.
    pub(super) fn find(&self, object: &ObjectDef, field: usize, value: &Json) -> Vec<u64> {
        let wanted = folded(&object.fields[field], value);
        let found = self.index.get(&field).and_then(|values| values.get(&wanted));
        found.into_iter().flatten().copied().collect()
    }

    /// Puts a record in the place of what it was.
    pub(super) fn put(&mut self, object: &ObjectDef, number: u64, row: Row) {
        self.remove(object, number);
        for (field, value) in row.iter().filter(|(field, _)| is_indexed(object, **field)) {
            let value = folded(&object.fields[*field], value);
            self.index.entry(*field).or_default().entry(value).or_default().insert(number);
        }
        self.rows.insert(number, row);
    }

    /// Takes a record away; whether there was one.
    pub(super) fn remove(&mut self, object: &ObjectDef, number: u64) -> bool {
        let Some(row) = self.rows.remove(&number) else { return false };
        for (field, value) in row.iter().filter(|(field, _)| is_indexed(object, **field)) {
            let value = folded(&object.fields[*field], value);
            let Some(values) = self.index.get_mut(field) else { continue };
            if let Some(numbers) = values.get_mut(&value) {
                numbers.remove(&number);
                if numbers.is_empty() {
                    values.remove(&value);
                }
            }
        }
        true
    }
}

fn is_indexed(object: &ObjectDef, field: usize) -> bool {
    let field = &object.fields[field];
    field.id_lookup || field.unique
}

/// Everything that Salesforce keeps for one org.
pub(super) struct Org {
    pub(super) ids: Ids,
    pub(super) schema: Arc<Schema>,
    pub(super) tables: Vec<Table>,
    pub(super) last_record: u64,
    pub(super) jobs: Jobs,
    pub(super) usage: Usage,
    pub(super) locked_rows: u32,
}

/// One line of the saved state. Owned for reading, borrowed by [`LineRef`] for writing.
#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Counters { seed_check: u128, records: u64, jobs: u64, usage: Usage },
    Record { object: String, number: u64, fields: Map<String, Json> },
    Job(u64, Box<Job>),
}

#[derive(serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum LineRef<'a> {
    Counters { seed_check: u128, records: u64, jobs: u64, usage: &'a Usage },
    Record { object: &'a str, number: u64, fields: Map<String, Json> },
    Job(u64, &'a Job),
}

impl Org {
    pub(super) fn new(seed: u64, schema: Arc<Schema>, locked_rows: u32) -> Self {
        let tables = schema.objects.iter().map(|_| Table::default()).collect();
        Self {
            ids: Ids::new(seed),
            schema,
            tables,
            last_record: 0,
            jobs: Jobs::default(),
            usage: Usage::default(),
            locked_rows,
        }
    }

    /// A record by the names of its fields, its id first.
    pub(super) fn to_json(&self, object: usize, number: u64, row: &Row) -> Json {
        let mut fields = Map::new();
        fields.insert("Id".into(), Json::from(record_id(&self.schema.objects[object].prefix, number)));
        fields.extend(self.named(object, row));
        Json::Object(fields)
    }

    fn named(&self, object: usize, row: &Row) -> Map<String, Json> {
        let fields = &self.schema.objects[object].fields;
        row.iter().map(|(at, value)| (fields[*at].name.clone(), plain(value))).collect()
    }

    /// The state with at most `limit` records of each object, and as many jobs.
    pub(super) fn state(&self, now: DateTime<Utc>, limit: usize) -> Json {
        let mut records = Map::new();
        let mut counts = Map::new();
        for (at, (object, table)) in self.schema.objects.iter().zip(&self.tables).enumerate() {
            let rows = table.rows.iter().take(limit).map(|(number, row)| self.to_json(at, *number, row));
            records.insert(object.name.clone(), rows.collect());
            counts.insert(object.name.clone(), Json::from(table.rows.len()));
        }
        let jobs = self.jobs.all.values().rev().take(limit).map(|job| job.to_json(now)).collect::<Vec<_>>();
        json!({
            "vendor": super::KIND,
            "now": now,
            "api_calls": self.usage.used(now),
            "record_counts": counts,
            "records": records,
            "jobs": jobs.into_iter().rev().collect::<Vec<_>>(),
        })
    }

    pub(super) fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut line = |line: LineRef<'_>| {
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")
        };
        line(LineRef::Counters {
            seed_check: self.ids.uuid(0, 0),
            records: self.last_record,
            jobs: self.jobs.last,
            usage: &self.usage,
        })?;
        for (at, (object, table)) in self.schema.objects.iter().zip(&self.tables).enumerate() {
            for (number, row) in &table.rows {
                line(LineRef::Record { object: &object.name, number: *number, fields: self.named(at, row) })?;
            }
        }
        self.jobs.all.iter().try_for_each(|(number, job)| line(LineRef::Job(*number, job)))
    }

    pub(super) fn load(&mut self, line: &str) -> Result<(), String> {
        let line = serde_json::from_str(line).map_err(|error| {
            // The message of serde may quote a value; its place may not.
            format!("not a line of a Salesforce org (column {})", error.column())
        })?;
        match line {
            Line::Counters { seed_check, records, jobs, usage } => {
                if seed_check != self.ids.uuid(0, 0) {
                    return Err("the org was made with another seed".into());
                }
                (self.last_record, self.jobs.last, self.usage) = (records, jobs, usage);
            }
            Line::Record { object, number, fields } => {
                let at = self.schema.find(&object).ok_or("an object that the org does not have")?;
                let schema = Arc::clone(&self.schema);
                let object = &schema.objects[at];
                let place = |(name, value): (String, Json)| Some((object.field(&name)?, value));
                let row = fields.into_iter().map(place).collect::<Option<Row>>();
                self.tables[at].put(object, number, row.ok_or("a field that the object does not have")?);
            }
            Line::Job(number, job) => self.jobs.put(number, *job),
        }
        Ok(())
    }
}

/// A double without a fraction as the whole number that it is, for people and for comparisons.
fn plain(value: &Json) -> Json {
    match value.as_f64() {
        Some(number) if value.is_f64() && number.fract() == 0.0 && number.abs() < 9e15 =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
            Json::from(number as i64)
        }
        _ => value.clone(),
    }
}
