//! One account at a vendor, ready to be read and written.

use async_trait::async_trait;

use crate::{
    Batch, Capabilities, DestinationError, ErrorKind, JobRef, ObjectDescription, Prepared, Receipt, Target, Value,
    WriteError, agree,
};

/// What a look at the credentials told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// One line for the operator: the account or folder, and what is allowed there. No secrets.
    pub summary: String,
}

/// The calls that a vendor allows in 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct DailyCalls {
    /// How many it allows.
    pub limit: u64,
    /// How many everybody has used.
    pub used: u64,
    /// How many may be used before runs end: the share that the sync file grants.
    pub granted: u64,
}

/// An account at a vendor. Implementations are shared by all syncs of the destination and called concurrently.
#[async_trait]
pub trait Destination: Send + Sync {
    /// The facts about an object.
    ///
    /// * **Promise**: constant for an object; no I/O.
    /// * **Caller's duties**: `object` passed `validate`.
    fn capabilities(&self, object: &str) -> Capabilities;

    /// Tries the credentials.
    ///
    /// * **Promise**: reads only. Success means that authenticated calls work, not that every permission is there.
    /// * **Retry**: safe at any time. **Concurrency**: any. **Cancellation**: safe.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`] and [`ErrorKind::Forbidden`], or the kinds of a vendor that cannot be reached.
    async fn check(&self) -> Result<Health, DestinationError>;

    /// Asks how many calls of the day are left, where the vendor counts them by the day.
    ///
    /// * **Promise**: reads only, in one call at most; none where the vendor has no such limit.
    /// * **Retry**: safe. **Concurrency**: any. **Cancellation**: safe.
    ///
    /// # Errors
    /// The kinds of `check`.
    async fn daily_calls(&self) -> Result<Option<DailyCalls>, DestinationError> {
        Ok(None)
    }

    /// Reads the fields of an object.
    ///
    /// * **Promise**: reads only.
    /// * **Retry**: safe. **Concurrency**: any. **Cancellation**: safe.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for an object that is not there, and the kinds of `check`.
    async fn describe(&self, object: &str) -> Result<ObjectDescription, DestinationError>;

    /// Makes a target ready: looks up ids, checks types, creates missing fields and lists where that is allowed.
    ///
    /// * **Promise**: what it creates has the types of the target; a second call creates nothing.
    /// * **Caller's duties**: called once before the first write of a run, and not at all where nothing is to be written.
    /// * **Retry**: safe. **Concurrency**: one call per object at a time. **Cancellation**: a field may have been
    ///   created; the next call finds it.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where a field exists with a type that cannot hold the values, and the kinds of `check`.
    async fn prepare(&self, target: &Target) -> Result<Prepared, DestinationError>;

    /// Sends one batch, in one write request where the vendor has one for the operation.
    ///
    /// * **Promise**: exactly one outcome per record, in order; `Confirmed` only where the vendor said so.
    ///   An empty batch makes no request.
    /// * **Caller's duties**: the batch keeps to `capabilities`, no key appears twice, and no earlier job of the same
    ///   key is unfinished.
    /// * **Retry**: the transport has retried what was safe to repeat; the caller sends the batch again only where
    ///   `capabilities().idempotent`.
    /// * **Concurrency**: up to `capabilities().concurrency` calls at once.
    /// * **Cancellation**: a dropped call may have been applied; its records count as unknown.
    ///
    /// # Errors
    /// [`WriteError::Refused`] where records made the vendor refuse the batch and nothing was applied;
    /// [`WriteError::Failed`] for everything else.
    async fn write(&self, batch: &Batch) -> Result<Receipt, WriteError>;

    /// Looks once at a job that `write` started.
    ///
    /// * **Promise**: `Pending` outcomes while it runs; final outcomes, per record where the vendor tells, afterwards;
    ///   `Unknown` where the vendor no longer knows the job.
    /// * **Caller's duties**: passes the batch with the records that `write` left pending, in their order; waits between
    ///   two looks.
    /// * **Retry**: safe. **Concurrency**: any. **Cancellation**: safe.
    ///
    /// # Errors
    /// The kinds of `check`.
    async fn follow(&self, job: &JobRef, batch: &Batch) -> Result<Receipt, DestinationError>;

    /// Puts the records of a list into this order, first to last.
    ///
    /// * **Promise**: records that stand in order already are not moved, and where all do, nothing is written. What
    ///   people keep beside a record goes with it. Keys that are not there are passed over; records of others stay.
    /// * **Caller's duties**: every write of the run has ended; [`Connector::KEEPS_ORDER`](crate::Connector); no key appears twice.
    /// * **Retry**: safe. **Concurrency**: one call per object at a time, beside no write. **Cancellation**: the order may
    ///   be partly made; the next call makes it whole.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where the destination knows no order, and the kinds of `check`.
    async fn arrange(&self, target: &Prepared, keys: &[Value]) -> Result<(), DestinationError> {
        let _ = keys;
        let object = &target.target.object;
        let message = "this destination keeps no order";
        Err(DestinationError::new(ErrorKind::Configuration, format!("arrange {object}"), message))
    }

    /// Looks a target up as it is: [`prepare`](Destination::prepare) that creates nothing.
    ///
    /// * **Promise**: reads only. What `prepare` would create has an empty binding
    ///   ([`FieldBinding::is_missing`](crate::FieldBinding::is_missing)): `read` finds null in such a field, and no record
    ///   at all where the key's is empty.
    /// * **Retry**: safe. **Concurrency**: any. **Cancellation**: safe.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where the destination cannot be read, and the kinds of `prepare`.
    async fn locate(&self, target: &Target) -> Result<Prepared, DestinationError> {
        Err(unreadable(&target.object))
    }

    /// Whether a value that was read is what the destination shows of `confirmed`: both go through the conversion of
    /// writing and reading, so that digits, time zones and spellings of the vendor's are no difference.
    ///
    /// * **Promise**: no I/O. Nothing, the empty text and the empty list are one, because vendors do not tell them apart.
    /// * **Caller's duties**: `field` is an index into the target's fields; `read` is what [`read`](Destination::read)
    ///   gave for it.
    fn agrees(&self, target: &Prepared, field: usize, confirmed: &Value, read: &Value) -> bool {
        let _ = (target, field);
        agree(confirmed, read)
    }

    /// Reads records back: for each key, the fields of the target in order, or `None` where there is no such record.
    ///
    /// * **Promise**: reads only; same order as `keys`.
    /// * **Caller's duties**: at most `capabilities().reading` says; `target` is from `locate` or `prepare`.
    /// * **Retry**: safe. **Concurrency**: any. **Cancellation**: safe.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where the destination cannot be read, and the kinds of `check`.
    async fn read(&self, target: &Prepared, keys: &[Value]) -> Result<Vec<Option<Vec<Value>>>, DestinationError> {
        let _ = keys;
        Err(unreadable(&target.target.object))
    }
}

fn unreadable(object: &str) -> DestinationError {
    DestinationError::new(ErrorKind::Configuration, format!("read {object}"), "this destination cannot be read")
}
