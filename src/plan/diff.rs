//! The diff, as a statement: `diff.sql` with one line a field filled in.

use chrono::{DateTime, Utc};
use lapwing_contract::{BatchGrouping, FieldType, NullPolicy, OnLeave, WritePolicy};

use super::comparison::moved;
use super::{FieldShape, MappedField, SyncSpec};
use crate::engine::timestamp_literal;
use crate::ledger::{SyncTables, Triggers, fingerprint};

/// What the diff has to know of the destination.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weights {
    pub(super) record: usize,
    pub(super) field: usize,
    pub(super) grouping: BatchGrouping,
}

/// What there is to look out for, mostly neither: a statement that does not ask is planned and run in two thirds of the
/// time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exceptional {
    /// Whether customers share keys.
    pub(super) shared_keys: bool,
    /// Whether there are refusals that may hold changes back.
    pub(super) refusals: bool,
}

/// In the place of `held.sql`, where nobody was refused.
const NOTHING_HELD: &str = "SELECT *, false AS is_held FROM routed WHERE route IS NOT NULL";

/// The statement that stages the plan.
pub(super) fn diff_sql(
    spec: &SyncSpec,
    shapes: &[FieldShape],
    tables: &SyncTables,
    weights: Weights,
    exceptional: Exceptional,
    started_at: DateTime<Utc>,
) -> String {
    let fields: Vec<(i64, &MappedField, &FieldShape)> = tables
        .fields
        .iter()
        .zip(&spec.fields)
        .zip(shapes)
        .map(|((column, field), shape)| (column.column_no, field, shape))
        .collect();
    let each = |line: &dyn Fn(i64, &MappedField, &FieldShape) -> String| -> String {
        fields.iter().map(|(n, field, shape)| line(*n, field, shape)).collect()
    };
    let compared = each(&|n, field, shape| {
        let differs = differs(tables.sync_id, n, field, shape);
        let empties = empties(n, field, spec.on_leave);
        format!(",\n        s.v{n}, CASE WHEN s.key IS NOT NULL THEN {differs} ELSE {empties} END AS c{n}")
    });
    let differences: Vec<String> = fields
        .iter()
        .map(|(n, field, shape)| format!("coalesce(l.k{n}, false) AND {}", differs(tables.sync_id, *n, field, shape)))
        .collect();
    let moved = any(&differences);
    let causes: Vec<String> =
        fields.iter().filter(|(_, field, _)| field.trigger).map(|(n, _, _)| format!("c{n}")).collect();
    let triggered = any(&causes);
    let all: Vec<String> = fields.iter().map(|(n, _, _)| format!("c{n}")).collect();
    // A difference in a field that triggers sends by itself: only the others have to ask. (The planner copies `sends`, with
    // all its fields, into every place that names it.)
    let routed = each(&|n, field, _| {
        let sent = if field.trigger { format!("c{n}") } else { format!("(c{n} AND sends)") };
        format!(",\n        v{n}, {sent} AS c{n}")
    });
    let bytes = format!(
        "{} + strlen(key) * 2{}",
        weights.record,
        each(&|n, _, shape| format!(" + CASE WHEN c{n} THEN {} + {} ELSE 0 END", weights.field, value_bytes(n, shape)))
    );
    let group_order = match weights.grouping {
        BatchGrouping::Any => String::new(),
        BatchGrouping::ByFieldSet => each(&|n, _, _| format!("c{n}, ")),
    };
    let (wanted, not_shared) = if exceptional.shared_keys {
        ("(SELECT * FROM snapshot WHERE NOT conflict)", "l.key NOT IN (SELECT key FROM snapshot WHERE conflict)")
    } else {
        ("snapshot", "true")
    };
    let held = if exceptional.refusals { include_str!("held.sql") } else { NOTHING_HELD };
    include_str!("diff.sql")
        .replace("{held}", held.trim_end())
        .replace("{wanted}", wanted)
        .replace("{not_shared}", not_shared)
        .replace("{staged}", &tables.staged())
        .replace("{confirmed}", &tables.confirmed())
        .replace("{sync_id}", &tables.sync_id.to_string())
        .replace("{moved}", &moved)
        .replace("{compared_fields}", &compared)
        .replace("{triggered}", &triggered)
        .replace("{leave_operation}", leave_operation(spec.on_leave))
        .replace("{leave_sends}", &leave_sends(spec.on_leave, &all))
        .replace("{has_lists}", if spec.has_lists { "true" } else { "false" })
        .replace("{routed_fields}", &routed)
        .replace("{started_at}", &timestamp_literal(started_at))
        .replace("{fingerprint}", &fingerprint(&tables.fields, &triggers(spec, tables), "d", "x"))
        .replace("{group_order}", &group_order)
        .replace("{bytes}", &bytes)
        .replace("{staged_fields}", &each(&|n, _, _| format!(", v{n}, c{n}")))
}

/// The fields that cause a request by themselves.
pub(super) fn triggers(spec: &SyncSpec, tables: &SyncTables) -> Triggers {
    let fields = tables.fields.iter().zip(&spec.fields).filter(|(_, field)| field.trigger);
    Triggers::These(fields.map(|(column, _)| column.column_no).collect())
}

/// Whether field n of a wanted key has to be sent.
pub(super) fn differs(sync_id: i64, n: i64, field: &MappedField, shape: &FieldShape) -> String {
    let moved = moved(field, shape, &format!("l.v{n}"), &format!("s.v{n}"));
    let mut differs = format!("(NOT coalesce(l.k{n}, false) OR {moved})");
    if field.null == NullPolicy::Keep {
        differs = format!("({differs} AND s.v{n} IS NOT NULL)");
    }
    match field.write {
        WritePolicy::Always => differs,
        WritePolicy::OnCreate => {
            // A record that may not be there is made anew, and a field that a leave has emptied comes back: one that is
            // empty on a record of which only its lists are in doubt was never filled.
            let created = "coalesce(l.first_run, 0) = 0";
            let emptied = format!("coalesce(NOT l.k{n} OR (l.k{n} AND l.v{n} IS NULL AND l.present = false), false)");
            format!("({differs} AND ({created} OR (NOT coalesce(l.present, false) AND {emptied})))")
        }
        WritePolicy::IfEmpty => {
            // Neither over a value of ours nor over one that was found there.
            let ours = format!("coalesce(l.k{n} AND l.v{n} IS NOT NULL, false)");
            let theirs = format!("s.key IN (SELECT key FROM occupied WHERE sync_id = {sync_id} AND column_no = {n})");
            format!("({differs} AND s.v{n} IS NOT NULL AND NOT {ours} AND NOT {theirs})")
        }
    }
}

/// Whether any of the conditions holds.
fn any(conditions: &[String]) -> String {
    if conditions.is_empty() { "false".to_owned() } else { format!("({})", conditions.join(" OR ")) }
}

/// Whether field n of a key that left has to be emptied: where a value is there, or may be. A field that was never sent
/// is not this sync's to empty.
fn empties(n: i64, field: &MappedField, on_leave: OnLeave) -> String {
    if on_leave == OnLeave::Clear && field.null == NullPolicy::Clear {
        format!("coalesce(NOT l.k{n} OR l.v{n} IS NOT NULL, false)")
    } else {
        "false".to_owned()
    }
}

fn leave_operation(on_leave: OnLeave) -> &'static str {
    match on_leave {
        OnLeave::Keep | OnLeave::Clear => "upsert",
        OnLeave::Delete => "delete",
        OnLeave::RemoveFromList => "remove_from_lists",
    }
}

/// Whether a leave needs a request.
fn leave_sends(on_leave: OnLeave, all: &[String]) -> String {
    match on_leave {
        OnLeave::Keep => "false".to_owned(),
        // Every field that is emptied is reason enough, one that does not trigger changes too.
        OnLeave::Clear => any(all),
        OnLeave::Delete | OnLeave::RemoveFromList => "true".to_owned(),
    }
}

/// An upper bound of the bytes of a value as JSON.
fn value_bytes(n: i64, shape: &FieldShape) -> String {
    match &shape.field_type {
        FieldType::Bool => "5".to_owned(),
        FieldType::Int => "20".to_owned(),
        FieldType::Decimal => "42".to_owned(),
        FieldType::Float => "25".to_owned(),
        FieldType::Date => "12".to_owned(),
        FieldType::Timestamp => "30".to_owned(),
        // Quoted and escaped as in a request; as text inside a list or JSON it may be escaped once more.
        FieldType::Text => format!("coalesce(strlen(CAST(to_json(v{n}) AS VARCHAR)), 4)"),
        FieldType::List(_) | FieldType::Json => format!("coalesce(2 * strlen(CAST(to_json(v{n}) AS VARCHAR)), 4)"),
    }
}
