//! What the vendor of these tests can be told to do.

use lapwing_contract::ErrorKind;

/// What the vendor does with a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Applies it and says so; bad records are refused one by one.
    Confirm,
    /// Refuses the batch and names the bad records; applies it where there are none.
    RefuseNamed,
    /// Refuses the batch for its bad records and names nobody; applies it where there are none.
    RefuseUnnamed,
    /// Starts a job that ends well after so many looks.
    Job(u32),
    /// Starts a job that it forgets.
    JobLost { applied: bool },
    /// Starts a job for every other record, and confirms the rest at once.
    JobForSome,
    /// Fails as a whole.
    Fail { kind: ErrorKind, applied: bool },
    /// Answers with one outcome too few.
    WrongLength { applied: bool },
    /// Cannot say.
    Unknown { applied: bool },
    /// Cannot say for every other record; the rest is confirmed.
    UnknownForSome,
    /// Refuses every record, worth another try.
    RejectAll { retryable: bool },
    /// Never answers, and lets the test know.
    Stall { applied: bool },
}
