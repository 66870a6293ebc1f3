//! Who left and is to be emptied (`on_leave = "clear"`).
//!
//! SendGrid makes a contact of every address that it is sent, and puts it on the lists of the request. Who left must
//! neither come back, once somebody has deleted the contact, nor join a list anew. So leavers are looked up first, and
//! those who are there go in a request of their own, without lists.
//!
//! What has just been written is found only after about 30 s (recorded); so a leaver that is not found is gone only if a
//! second look, a minute later, does not find it either.

use std::collections::HashSet;

use lapwing_contract::{Batch, ChangeKind, DestinationError, Outcome, Receipt};
use lapwing_http::Client;

use crate::lookup::{MAX_KEYS, all_known};
use crate::request::lower;

/// Whether the record at an index is one who left.
pub(crate) fn is_leaver(batch: &Batch, index: usize) -> bool {
    batch.records.get(index).is_some_and(|record| record.kind == ChangeKind::Left)
}

/// Those of the records at these indexes whose contacts are there, and those whose are not found. Their keys are
/// addresses: `check.rs` has seen them.
pub(crate) async fn look(
    client: &Client,
    batch: &Batch,
    indexes: Vec<usize>,
) -> Result<(Vec<usize>, Vec<usize>), DestinationError> {
    let key = |index: &usize| batch.records.get(*index).map(|record| lower(&record.key.to_text()).into_owned());
    let keys: Vec<String> = indexes.iter().filter_map(key).collect();
    let mut known = HashSet::new();
    for keys in keys.chunks(MAX_KEYS) {
        known.extend(all_known(client, keys.iter().map(String::as_str).collect()).await?.into_keys());
    }
    Ok(indexes.into_iter().partition(|index| key(index).is_some_and(|key| known.contains(&key))))
}

/// The second look at leavers who were not found: who is still not there has nothing to be emptied, and who has turned up
/// is sent again.
pub(crate) async fn look_again(client: &Client, batch: &Batch) -> Result<Receipt, DestinationError> {
    let (there, _) = look(client, batch, (0..batch.records.len()).collect()).await?;
    let outcome = |index| if there.binary_search(&index).is_ok() { Outcome::Unknown } else { Outcome::Unchanged };
    Ok(Receipt { outcomes: (0..batch.records.len()).map(outcome).collect() })
}
