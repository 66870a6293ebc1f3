//! One customer in every sync, for people. Values are shown: they are what is asked for.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use crate::config::diagnostics::TextStyle;
use crate::config::sync_file::Tolerance;
use crate::ledger::RejectedRow;
use crate::plan::{FieldTrace, GuardTrip, Held, Standing, Trace, Verdict};

use super::table::{counted, number, shortened, table, wrapped};

/// One sync, as it is explained.
pub(crate) struct ExplainedSync {
    pub(crate) name: String,
    pub(crate) destination: String,
    pub(crate) object: String,
    pub(crate) key_field: String,
    /// Nobody where the sync does not know the customer.
    pub(crate) traces: Vec<Trace>,
    /// The mapped fields with their expressions and what limits them, in the order of the traces' fields.
    pub(crate) mapping: Vec<Mapping>,
    /// Guards that stop the sync as it is planned now.
    pub(crate) trips: Vec<GuardTrip>,
}

/// How a field is mapped.
pub(crate) struct Mapping {
    pub(crate) expression: String,
    pub(crate) tolerance: Option<Tolerance>,
}

/// An attribute of a customer, and how it comes about.
pub(crate) struct Behind {
    pub(crate) customer_id: String,
    pub(crate) orders: Option<Orders>,
    /// Name, value, formula.
    pub(crate) attributes: Vec<(String, Option<String>, String)>,
}

/// The orders of a customer, of any status.
pub(crate) struct Orders {
    pub(crate) count: u64,
    pub(crate) first: Option<DateTime<Utc>>,
    pub(crate) last: Option<DateTime<Utc>>,
    pub(crate) net: Option<String>,
}

/// The longest value that is shown to people.
const VALUE_CHARS: usize = 200;

pub(crate) fn text(as_of: DateTime<Utc>, syncs: &[ExplainedSync], behind: &[Behind], style: TextStyle) -> String {
    let mut text = String::new();
    for customer in behind {
        let id = shortened(&customer.customer_id, VALUE_CHARS);
        let _ = writeln!(text, "Customer {id}, as of {} UTC", as_of.format("%Y-%m-%d %H:%M"));
        if let Some(orders) = &customer.orders {
            let _ = writeln!(text, "{}", orders_line(orders));
        }
    }
    if behind.is_empty() {
        let _ = writeln!(text, "Not in the exports, as of {} UTC", as_of.format("%Y-%m-%d %H:%M"));
    }
    for sync in syncs {
        let _ = writeln!(text, "\n{} → {}", sync.name, sync.destination);
        for trip in &sync.trips {
            let line = format!("guard `{}` stops this sync: {}", trip.guard, trip.message);
            let _ = writeln!(text, "{}", wrapped(&line, style.width));
        }
        if sync.traces.is_empty() {
            text.push_str("does not know this key or customer\n");
        }
        for trace in &sync.traces {
            text.push_str(&trace_text(sync, trace, style));
        }
    }
    for customer in behind.iter().filter(|customer| !customer.attributes.is_empty()) {
        let _ = writeln!(text, "\nWhat customer {} is judged by", shortened(&customer.customer_id, VALUE_CHARS));
        let rows: Vec<Vec<String>> = customer
            .attributes
            .iter()
            .map(|(name, value, formula)| vec![name.clone(), shown(value.as_ref()), formula.clone()])
            .collect();
        text.push_str(&table(&["attribute", "value", "comes of"], 3, &rows, style));
    }
    text
}

fn orders_line(orders: &Orders) -> String {
    let day = |at: Option<DateTime<Utc>>| at.map_or_else(|| "-".to_owned(), |at| at.format("%Y-%m-%d").to_string());
    match orders.count {
        0 => "no orders".to_owned(),
        1 => format!("1 order, on {}, net {}", day(orders.last), shown(orders.net.as_ref())),
        count => format!(
            "{} orders from {} to {}, net {} in all",
            number(count),
            day(orders.first),
            day(orders.last),
            shown(orders.net.as_ref())
        ),
    }
}

fn trace_text(sync: &ExplainedSync, trace: &Trace, style: TextStyle) -> String {
    let mut text = String::new();
    if let Some(key) = &trace.key {
        let _ = writeln!(text, "{} = {}", sync.key_field, shortened(key, VALUE_CHARS));
    }
    let _ = writeln!(text, "{}", standing(trace));
    if let Some(Standing::OutsideLimit { limit, place }) = &trace.because {
        let _ = writeln!(text, "place {} in the order, and the limit is {}", number(*place), number(*limit));
    }
    if let Some(Standing::NotInAudience { audience, reads }) = trace.because.as_ref().or(Some(&trace.standing)) {
        let audience = shortened(audience, VALUE_CHARS);
        let _ = writeln!(text, "{}", wrapped(&format!("audience: {audience}"), style.width));
        for (column, value) in reads {
            let _ = writeln!(text, "  {column} = {}", shown(value.as_ref()));
        }
    }
    if let Some(refused) = &trace.refused {
        text.push_str(&refusal(&trace.standing, refused, style));
    }
    if let Some(held) = &trace.held {
        let _ = writeln!(text, "{}", wrapped(&confirmed_line(held), style.width));
        if let Some(line) = runs_line(held, &trace.fields) {
            let _ = writeln!(text, "{}", wrapped(&line, style.width));
        }
    }
    if trace.fields.iter().any(|field| field.verdict.is_sent().is_none()) {
        let line = "whether a field is empty there, `plan` looks; `explain` asks no destination";
        let _ = writeln!(text, "{}", wrapped(line, style.width));
    }
    text.push_str(&fields_table(sync, trace, style));
    text
}

/// The fields, with the runs that confirmed them where any is known.
fn fields_table(sync: &ExplainedSync, trace: &Trace, style: TextStyle) -> String {
    let has_runs = trace.fields.iter().any(|field| field.confirmed_run.is_some());
    let row = |(field, mapping): (&FieldTrace, &Mapping)| {
        let confirmed = if field.known.is_none() { String::new() } else { shown(field.confirmed.as_ref()) };
        let run = has_runs.then(|| field.confirmed_run.map_or_else(String::new, number));
        let cells = [field.name.clone(), shown(field.now.as_ref()), confirmed].into_iter().chain(run);
        cells.chain([why(field, mapping)]).collect()
    };
    let rows: Vec<Vec<String>> = trace.fields.iter().zip(&sync.mapping).map(row).collect();
    let head: &[&str] =
        if has_runs { &["field", "now", "confirmed", "in run", "so"] } else { &["field", "now", "confirmed", "so"] };
    table(head, head.len(), &rows, style)
}

/// When the runs were that confirmed fields, beside the first and the last one of the record.
fn runs_line(held: &Held, fields: &[FieldTrace]) -> Option<String> {
    let is_other = |run: u64| run != held.first_run && run != held.last_run;
    let runs = fields
        .iter()
        .filter_map(|field| Some((field.confirmed_run.filter(|run| is_other(*run))?, field.confirmed_at?)));
    let runs: BTreeMap<u64, DateTime<Utc>> = runs.collect();
    let told: Vec<String> =
        runs.iter().map(|(run, at)| format!("run {} ({})", number(*run), at.format("%Y-%m-%d %H:%M"))).collect();
    (!told.is_empty()).then(|| format!("in between: {}", told.join(", ")))
}

fn refusal(standing: &Standing, refused: &RejectedRow, style: TextStyle) -> String {
    let field = refused.field.as_ref().map_or_else(String::new, |field| format!(", field `{field}`"));
    let line = format!("refused in run {}: {}{field}: {}", refused.last_run, refused.code, refused.message);
    let mut text = wrapped(&line, style.width) + "\n";
    if let Some(hint) = &refused.hint {
        let _ = writeln!(text, "  {}", wrapped(hint, style.width.saturating_sub(2)));
    }
    text + &next_try(standing, refused)
}

/// When the values that were refused are tried again; nothing where the plan has nothing to do with them.
fn next_try(standing: &Standing, refused: &RejectedRow) -> String {
    let when = match (standing, refused.retry_at) {
        (Standing::Held, Some(at)) => format!("tried again from {} UTC", at.format("%Y-%m-%d %H:%M")),
        (Standing::Held, None) => format!("given up after {}", counted(refused.attempts, "attempt")),
        (Standing::Sent { kind, .. }, _) if kind != "left" => return "tried again by the next run\n".to_owned(),
        _ => return String::new(),
    };
    format!("{when}; to let the next run try the same values:\n  lapwing rejections --retry --key KEY\n")
}

fn confirmed_line(held: &Held) -> String {
    let at =
        |at: Option<DateTime<Utc>>| at.map_or_else(String::new, |at| format!(" ({})", at.format("%Y-%m-%d %H:%M")));
    let mut line = match (held.first_run, held.last_run) {
        (_, 0) => "sent, and never confirmed".to_owned(),
        (first, last) if first == last => format!("confirmed in run {last}{}", at(held.last_at)),
        (0, last) => format!("confirmed in run {last}{}; whether it is still there is open", at(held.last_at)),
        (first, last) => {
            format!("first confirmed in run {first}{}, last in run {last}{}", at(held.first_at), at(held.last_at))
        }
    };
    match held.present {
        Some(true) => {}
        Some(false) => line.push_str(", and left since"),
        None => line.push_str("; whether it belongs there is open"),
    }
    line
}

/// Where the customer stands, in a line.
pub(super) fn standing(trace: &Trace) -> String {
    let fields = fields_sent(&trace.fields);
    match &trace.standing {
        Standing::Sent { kind, operation } => match (kind.as_str(), operation.as_str()) {
            ("added", _) => format!("to be sent: new, with {fields}"),
            ("left", "delete") => "to be sent: left the audience, and is deleted".into(),
            ("left", "remove_from_lists") => "to be sent: left the audience, and is taken off the lists".into(),
            ("left", _) => format!("to be sent: left the audience, {fields} emptied"),
            _ => format!("to be sent: {fields}"),
        },
        Standing::Held => "not sent: the same values were refused before, and are held back".into(),
        Standing::Same => "not sent: nothing that is worth a request differs".into(),
        Standing::Left => "not sent: left the audience, and stays as it is".into(),
        Standing::NotInAudience { .. } => "not sent: not in the audience".into(),
        Standing::OutsideLimit { limit, place } => {
            format!("not sent: place {} in the order, and the limit is {}", number(*place), number(*limit))
        }
        Standing::WithoutKey => "not sent: the key is null or empty".into(),
        Standing::SharedKey { customers } => {
            format!("not sent: {} customers have this key, so none of them is", number(*customers))
        }
        Standing::NotFirstOfSharedKey { customers } => {
            format!("not sent: {} customers have this key, and another one comes first", number(*customers))
        }
        Standing::NotInExports => "not sent: no customer of the exports has this key".into(),
    }
}

/// How many fields are sent, and how many only where a plan finds nothing there.
fn fields_sent(fields: &[FieldTrace]) -> String {
    let sent = fields.iter().filter(|field| field.verdict.is_sent() == Some(true)).count() as u64;
    let open = fields.iter().filter(|field| field.verdict == Verdict::IfFoundEmpty).count() as u64;
    let open = match open {
        0 => return counted(sent, "field"),
        1 if sent > 0 => "1 more if it is empty there".to_owned(),
        1 => return "1 field if it is empty there".to_owned(),
        more if sent > 0 => format!("{} more where they are empty there", number(more)),
        more => return format!("{} fields where they are empty there", number(more)),
    };
    format!("{}, and {open}", counted(sent, "field"))
}

fn why(field: &FieldTrace, mapping: &Mapping) -> String {
    match field.verdict {
        Verdict::New => "sent".into(),
        Verdict::NeverConfirmed => "sent: never confirmed".into(),
        Verdict::InDoubt => "sent: what is there is not known".into(),
        Verdict::Differs => "sent: differs".into(),
        Verdict::Emptied => "emptied".into(),
        Verdict::IfFoundEmpty => "sent if empty there".into(),
        Verdict::IfOthersAre => "goes along if another is sent".into(),
        Verdict::Held => "held: refused before".into(),
        Verdict::Same => "same".into(),
        Verdict::WithinTolerance => match mapping.tolerance {
            Some(Tolerance::Size(size)) => format!("within tolerance {size}"),
            Some(Tolerance::Spelling(_)) | None => "spelt otherwise only".into(),
        },
        Verdict::NullKept => "no value: kept".into(),
        Verdict::OnCreateOnly => "on create only".into(),
        Verdict::IfEmptyOnly => "there is a value".into(),
        Verdict::Waiting => "waits for more runs".into(),
        Verdict::NoTrigger => "goes along only".into(),
        Verdict::NotWanted => "-".into(),
    }
}

/// A value for people; no value is a dash.
fn shown(value: Option<&String>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| shortened(value, VALUE_CHARS))
}
