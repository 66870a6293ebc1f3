//! Records that the vendor could not take for the moment: sent again apart, later, in smaller batches.

use std::time::Duration;

use lapwing_contract::{Clock, Record, Rejection};

use super::part::Part;

/// The waits before each further try. A lock is held for seconds (Salesforce waits ten for it by itself), so trying at
/// once would meet it again.
const WAITS: [Duration; 3] = [Duration::from_secs(5), Duration::from_secs(15), Duration::from_secs(45)];

/// What waits for its next try, each with the reason it was refused for last.
#[derive(Default)]
pub(super) struct SetAside {
    records: Vec<(Record, Rejection)>,
    round: usize,
}

impl SetAside {
    /// Whether the try under way is the last: what it refuses stays refused.
    pub(super) fn is_last(&self) -> bool {
        self.round >= WAITS.len()
    }

    pub(super) fn add(&mut self, refused: Vec<(Record, Rejection)>) {
        self.records.extend(refused);
    }

    /// Waits, and gives the parts of the next round, each round in more and smaller ones; none where nothing waits.
    ///
    /// # Errors
    /// The refusals, where there is no further round or `gives_up` asks to end.
    pub(super) async fn wait(&mut self, clock: &dyn Clock, gives_up: bool) -> Result<Vec<Part>, Vec<(u64, Rejection)>> {
        let mut waiting = std::mem::take(&mut self.records);
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        waiting.sort_unstable_by_key(|(record, _)| record.seq);
        let Some(wait) = WAITS.get(self.round).filter(|_| !gives_up) else {
            return Err(waiting.into_iter().map(|(record, reason)| (record.seq, reason)).collect());
        };
        clock.sleep(*wait).await;
        self.round += 1;
        let size = waiting.len().div_ceil(1 << self.round);
        let mut records = waiting.into_iter().map(|(record, _)| record).peekable();
        let mut parts = Vec::new();
        while records.peek().is_some() {
            parts.push(Part { records: records.by_ref().take(size).collect() });
        }
        parts.reverse();
        Ok(parts)
    }
}
