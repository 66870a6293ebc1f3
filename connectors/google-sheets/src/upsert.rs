//! Creating and updating rows: look, write, and see from the answer where it landed.
//!
//! Between the look and the write people may sort, insert or delete rows. The write cannot be held back for that, for
//! Sheets has no lock and no version. But its answer shows the key column as it stood at that very moment, because a
//! batch is atomic. Where a row had moved, `repair.rs` puts back what was overwritten, and the record is unknown: the
//! delivery floor sends it again.

use std::collections::HashMap;

use lapwing_contract::{Batch, DestinationError, Outcome, Receipt, Rejection, WriteError};
use lapwing_http::ApiResponse;
use serde_json::Value as Json;

use crate::api::{Sheets, Updated};
use crate::cell;
use crate::check::held_back;
use crate::place::{Spot, first_free, make_room, place};
use crate::ranges::{Cell, Request, requests};
use crate::repair::{self, Moved};
use crate::response::{Refusal, refused};
use crate::tab::{Keys, Layout, Tab};

/// A tab as it stood before a write: the key column, and the columns that the batch is about.
#[derive(Default)]
pub(crate) struct Before {
    pub(crate) keys: Keys,
    columns: HashMap<usize, Vec<Json>>,
}

impl Before {
    /// Reads columns: one request.
    async fn read(
        sheets: &Sheets,
        title: &str,
        layout: &Layout,
        touched: &[usize],
        header_rows: usize,
    ) -> Result<Self, DestinationError> {
        let wanted = std::iter::once(layout.key).chain(touched.iter().copied());
        let columns = sheets.columns(title, wanted).await?;
        let keys = Keys::new(columns.get(&layout.key).map(Vec::as_slice).unwrap_or_default(), header_rows);
        Ok(Self { keys, columns })
    }

    /// What a cell held; null where it was empty or was not looked at.
    pub(crate) fn cell(&self, row: usize, column: usize) -> &Json {
        self.columns.get(&column).and_then(|cells| cells.get(row)).unwrap_or(&Json::Null)
    }
}

/// One upsert under way.
pub(crate) struct Upsert<'a> {
    pub(crate) sheets: &'a Sheets,
    pub(crate) batch: &'a Batch,
    pub(crate) header_rows: usize,
}

impl Upsert<'_> {
    /// Writes the batch.
    pub(crate) async fn run(&self) -> Result<Receipt, WriteError> {
        let held = held_back(self.batch);
        if let Some(outcomes) = held.iter().cloned().collect::<Option<Vec<Outcome>>>() {
            return Ok(Receipt { outcomes });
        }
        let title = &self.batch.target.target.object;
        let tab = Tab::read(self.sheets, title, self.header_rows).await?;
        let layout = tab.layout(&self.batch.target)?;
        let touched = self.touched(&layout);
        let before = Before::read(self.sheets, title, &layout, &touched, self.header_rows).await?;
        let (spots, new_rows) = place(self.batch, held, &before.keys);
        let mut free = 0;
        if new_rows > 0 {
            free = first_free(self.sheets, &tab, &before.keys, self.header_rows).await?;
            make_room(self.sheets, &tab, &layout, self.batch, free + new_rows).await?;
        }
        let cells = self.cells(&spots, free, &layout, &before);
        let is_new: Vec<bool> = spots.iter().map(|spot| matches!(spot, Spot::New(_))).collect();
        let mut outcomes: Vec<Outcome> = spots.into_iter().map(settled_so_far).collect();
        let is_mapped = |column: usize| column == layout.key || layout.fields.contains(&column);
        let requests = requests(title, cells, is_mapped);
        for (at, request) in requests.iter().enumerate() {
            if !self.send(request, &layout, &before, &mut outcomes).await? {
                // The rows are not where they were: what is not sent yet is sent again after another look.
                let rest = requests.iter().skip(at + 1).flat_map(Request::cells);
                rest.for_each(|cell| set(&mut outcomes, cell.record, Outcome::Unknown));
                break;
            }
        }
        for (outcome, _) in outcomes.iter_mut().zip(is_new).filter(|(_, is_new)| *is_new) {
            if *outcome == Outcome::Confirmed {
                *outcome = Outcome::Created;
            }
        }
        Ok(Receipt { outcomes })
    }

    /// The columns that the batch writes, each once.
    fn touched(&self, layout: &Layout) -> Vec<usize> {
        let fields = self.batch.records.iter().flat_map(|record| &record.fields);
        let mut touched: Vec<usize> = fields.filter_map(|(index, _)| layout.fields.get(*index).copied()).collect();
        touched.sort_unstable();
        touched.dedup();
        touched
    }

    /// The cells that have to change. A new row has its key, and what is empty there stays so.
    fn cells(&self, spots: &[Spot], free: usize, layout: &Layout, before: &Before) -> Vec<Cell> {
        let mut cells = Vec::new();
        for (record, (data, spot)) in self.batch.records.iter().zip(spots).enumerate() {
            let (row, is_new) = match spot {
                Spot::Settled(_) => continue,
                Spot::Row(row) => (*row, false),
                Spot::New(number) => (free + number, true),
            };
            if is_new {
                // As text, so that 00123 stays what it is.
                cells.push(Cell { row, column: layout.key, value: Json::from(data.key.to_text()), record });
            }
            for (index, value) in &data.fields {
                let Some(column) = layout.fields.get(*index).copied() else { continue };
                let value = cell::of_value(value);
                let there = if is_new { &Json::Null } else { before.cell(row, column) };
                if !cell::holds(there, &value) {
                    cells.push(Cell { row, column, value, record });
                }
            }
        }
        cells
    }

    /// Sends one request and settles its records. False where rows have moved.
    async fn send(
        &self,
        request: &Request,
        layout: &Layout,
        before: &Before,
        outcomes: &mut [Outcome],
    ) -> Result<bool, WriteError> {
        let title = &self.batch.target.target.object;
        let answer = self.sheets.write_values(request.body(title, layout.key)).await?;
        if !answer.is_success() {
            let record_of = |range| request.record_of(range);
            return match refused(&answer, self.sheets.email.as_deref(), record_of) {
                Refusal::Outdated => {
                    request.cells().for_each(|cell| set(outcomes, cell.record, Outcome::Unknown));
                    Ok(false)
                }
                // What an earlier request of the batch has written is found unchanged by the next look.
                Refusal::Error(error) => Err(error),
            };
        }
        let (after, moved) = self.seen(&answer, request, layout, before).await?;
        // The first of two attempts had been applied, and its rows were moved before the second came: it went over others.
        if answer.attempts > 1 && repair::is_written_twice(self.batch, request, layout.key, &after) {
            return Err(repair::lost(self, self.batch.records.len()).into());
        }
        for cell in request.cells() {
            let outcome = if moved.altered.contains(&cell.record) {
                Outcome::Rejected(Box::new(altered()))
            } else if moved.records.contains(&cell.record) {
                Outcome::Unknown
            } else {
                Outcome::Confirmed
            };
            set(outcomes, cell.record, outcome);
        }
        if moved.records.is_empty() {
            return Ok(true);
        }
        repair::put_back(self, request, layout, before, &after, &moved).await?;
        Ok(false)
    }

    /// The key column at the moment of a write, and what did not land where it should. An answer that tells of moved rows
    /// is believed only where another look does not find everything in its place.
    async fn seen(
        &self,
        answer: &ApiResponse,
        request: &Request,
        layout: &Layout,
        before: &Before,
    ) -> Result<(Keys, Moved), DestinationError> {
        let compared = |keys: &Keys| repair::moved(self.batch, request, layout.key, &before.keys, keys);
        let after = self.keys_after(answer, request.ranges.len(), layout).await?;
        let moved = compared(&after);
        if moved.records.is_empty() {
            return Ok((after, moved));
        }
        let title = &self.batch.target.target.object;
        let now = Keys::read(self.sheets, title, layout.key, self.header_rows).await?;
        let moved_now = compared(&now);
        // *Unverified* that an answer is never cut short; one that is tells less than the look.
        let is_short = after.rows.len() < now.rows.len();
        if moved_now.records.is_empty() || is_short { Ok((now, moved_now)) } else { Ok((after, moved)) }
    }

    /// The key column at the moment of a write: from its answer, or, where that does not show it, from another look.
    pub(crate) async fn keys_after(
        &self,
        answer: &ApiResponse,
        ranges: usize,
        layout: &Layout,
    ) -> Result<Keys, DestinationError> {
        let mut updated = answer.json::<Updated>()?.responses;
        let shown = updated.pop().and_then(|keys| keys.updated_data);
        if updated.len() != ranges {
            let message = format!("{} ranges were written, and the answer tells of {}", ranges + 1, updated.len() + 1);
            return Err(answer.error(lapwing_contract::ErrorKind::Protocol, message));
        }
        if let Some(shown) = shown {
            return Ok(Keys::new(&shown.into_column(), self.header_rows));
        }
        let title = &self.batch.target.target.object;
        Keys::read(self.sheets, title, layout.key, self.header_rows).await
    }
}

/// Before anything is sent: a record whose cells all hold their values already is unchanged.
fn settled_so_far(spot: Spot) -> Outcome {
    match spot {
        Spot::Settled(outcome) => outcome,
        Spot::Row(_) | Spot::New(_) => Outcome::Unchanged,
    }
}

/// *Unverified* that there are such keys. Were there any, each run would add their rows once more.
fn altered() -> Rejection {
    Rejection::permanent("key_altered", "Sheets keeps another text than the key that was written")
        .with_hint("use a key without line ends, and without an apostrophe at its start")
}

/// A record may have cells in two requests: what is unknown once stays so.
fn set(outcomes: &mut [Outcome], record: usize, outcome: Outcome) {
    if let Some(known) = outcomes.get_mut(record).filter(|known| **known != Outcome::Unknown) {
        *known = outcome;
    }
}
