//! The three files of a job. Their rows are in no particular order (documented), so the fake shuffles them.

use super::answers::RowError;
use super::jobs::{Job, State};
use super::rows::Done;
use crate::Ids;

/// The kind of ids that orders follow from.
const ORDERS: u64 = 5;

/// `"sf__Id","sf__Created",…` and the columns as they were sent.
pub(super) fn successful(job: &Job, ids: Ids) -> Vec<u8> {
    file(job, ids, &["sf__Id", "sf__Created"], |result| {
        let Done { id, created } = result?.as_ref().ok()?;
        Some(vec![id.clone(), created.to_string()])
    })
}

/// `"sf__Id","sf__Error",…` and the columns as they were sent.
pub(super) fn failed(job: &Job, ids: Ids) -> Vec<u8> {
    file(job, ids, &["sf__Id", "sf__Error"], |result| {
        let error = result?.as_ref().err()?;
        Some(vec![String::new(), error.to_cell()])
    })
}

/// The columns as they were sent.
pub(super) fn unprocessed(job: &Job, ids: Ids) -> Vec<u8> {
    let ended = !matches!(job.state, State::Open | State::UploadComplete);
    file(job, ids, &[], |result| (ended && result.is_none()).then(Vec::new))
}

/// A file of the rows for which `lead` gives the first cells.
fn file(
    job: &Job,
    ids: Ids,
    columns: &[&str],
    lead: impl Fn(Option<&Result<Done, RowError>>) -> Option<Vec<String>>,
) -> Vec<u8> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(job.upload.as_deref().unwrap_or_default().as_bytes());
    let mut rows = reader.records().filter_map(Result::ok);
    let header = rows.next().unwrap_or_default();
    let mut out = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).flexible(true).from_writer(Vec::new());
    let mut lines = vec![columns.iter().copied().chain(&header).map(str::to_owned).collect::<Vec<_>>()];
    let mut body: Vec<(u64, Vec<String>)> = Vec::new();
    for (at, row) in (0_u64..).zip(rows) {
        let result = usize::try_from(at).ok().and_then(|at| job.results.get(at));
        if let Some(mut cells) = lead(result) {
            cells.extend(row.iter().map(str::to_owned));
            body.push((ids.below(ORDERS, job.number * 1_000_003 + at, u64::MAX), cells));
        }
    }
    body.sort();
    lines.extend(body.into_iter().map(|(_, cells)| cells));
    for line in lines {
        // Writing to memory cannot fail.
        if out.write_record(&line).is_err() {
            return Vec::new();
        }
    }
    out.into_inner().unwrap_or_default()
}
