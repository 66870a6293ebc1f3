//! A folder as a destination.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lapwing_contract::{
    Batch, BatchGrouping, Capabilities, Clearing, Destination, DestinationError, ErrorKind, FieldBinding, FieldSpec,
    Health, JobRef, KeyMatching, ObjectDescription, Operation, Outcome, OutcomeDetail, Polling, Prepared, Receipt,
    Target, WriteError,
};

use crate::config::Config;
use crate::folder::{self, FolderError};
use crate::{Env, request, validate};

/// Big enough that a million changes are a hundred files, small enough to hold in memory.
const RECORDS_PER_FILE: usize = 10_000;
/// As above, for wide records.
const BYTES_PER_FILE: usize = 32 << 20;
/// `{"change":"changed","operation":"remove_from_lists","key":{…},"fields":{…}}` with a long key name.
const BYTES_PER_RECORD: usize = 256;
/// A long field name with quotes, colon and comma; in CSV the name may stand in `cleared`.
const BYTES_PER_FIELD: usize = 128;
/// More writers do not make one disk faster.
const CONCURRENCY: usize = 2;

pub(crate) struct FileDestination {
    shared: Arc<Shared>,
}

/// What the blocking threads need.
struct Shared {
    config: Config,
    env: Env,
}

impl FileDestination {
    pub(crate) fn new(config: Config, mut env: Env) -> Result<Self, DestinationError> {
        if !validate::is_run_label(&env.run_label) {
            let message = "the run label cannot stand in file names: use ASCII letters, digits, `.`, `_` and `-`";
            return Err(DestinationError::new(ErrorKind::Configuration, "name the run's files", message));
        }
        if env.base.as_os_str().is_empty() {
            // The parent of a bare file name is the empty path, which no system call takes.
            env.base = PathBuf::from(".");
        }
        Ok(Self { shared: Arc::new(Shared { config, env }) })
    }

    /// Runs file work on a thread that may block, and measures what fails.
    async fn blocking<T: Send + 'static>(
        &self,
        operation: &str,
        work: impl FnOnce(&Shared) -> Result<T, DestinationError> + Send + 'static,
    ) -> Result<T, DestinationError> {
        let shared = Arc::clone(&self.shared);
        let started = self.shared.env.clock.elapsed();
        let done = tokio::task::spawn_blocking(move || work(&shared)).await;
        done.unwrap_or_else(|stopped| {
            let message = "the thread that does the file work has stopped";
            Err(DestinationError::new(ErrorKind::Local, operation, message).with_source(stopped))
        })
        .map_err(|mut error| {
            operation.clone_into(&mut error.operation);
            error.elapsed = self.shared.env.clock.elapsed().saturating_sub(started);
            error
        })
    }
}

#[async_trait]
impl Destination for FileDestination {
    fn capabilities(&self, _object: &str) -> Capabilities {
        Capabilities {
            operations: vec![Operation::Upsert, Operation::Delete],
            way: "files",
            calls_per_batch: 1,
            at_scale: None,
            records_per_request: RECORDS_PER_FILE,
            removals_per_request: RECORDS_PER_FILE,
            bytes_per_request: BYTES_PER_FILE,
            bytes_per_record: BYTES_PER_RECORD,
            bytes_per_field: BYTES_PER_FIELD,
            idempotent: true,
            concurrency: CONCURRENCY,
            jobs_in_flight: 0,
            polling: Polling { first: Duration::ZERO, longest: Duration::ZERO, deadline: Duration::ZERO },
            key_matching: KeyMatching::CaseSensitive,
            grouping: BatchGrouping::Any,
            outcomes: OutcomeDetail::PerRecord,
            reading: None,
            quota: None,
            clearing: |_| Clearing::Possible,
        }
    }

    async fn check(&self) -> Result<Health, DestinationError> {
        self.blocking("check the folder", Shared::check).await
    }

    /// A file takes any field, so there is none to list.
    async fn describe(&self, _object: &str) -> Result<ObjectDescription, DestinationError> {
        Ok(ObjectDescription { fields: Vec::new(), can_create_fields: true })
    }

    /// Creates the folder where it is missing, and removes what a killed run of the object left unfinished.
    async fn prepare(&self, target: &Target) -> Result<Prepared, DestinationError> {
        let target = target.clone();
        self.blocking("prepare the folder", move |shared| shared.prepare(target)).await
    }

    async fn write(&self, batch: &Batch) -> Result<Receipt, WriteError> {
        if batch.records.is_empty() {
            return Ok(Receipt { outcomes: Vec::new() });
        }
        let batch = batch.clone();
        let name = request::file_name(&batch, &self.shared.env.run_label, self.shared.config.format);
        let operation = format!("write {name}");
        Ok(self.blocking(&operation, move |shared| shared.write(&batch, &name)).await?)
    }

    /// Writing is done when `write` returns, so there are no jobs: nobody can say anything about one.
    async fn follow(&self, _job: &JobRef, batch: &Batch) -> Result<Receipt, DestinationError> {
        Ok(Receipt::all(&Outcome::Unknown, batch.records.len()))
    }
}

impl Shared {
    fn check(&self) -> Result<Health, DestinationError> {
        let (base, configured) = (&self.env.base, self.config.folder.as_path());
        let nearest = folder::nearest_existing(base, configured);
        let resolved = folder::resolve(base, nearest)
            .and_then(|path| folder::try_writing(&path).map(|()| path))
            .map_err(|error| failure(&base.join(nearest), error))?;
        let summary = if nearest == configured {
            format!("{} can be written; files end in .{}", resolved.display(), self.config.format.extension())
        } else {
            format!("{} is not there yet and can be created", self.folder().display())
        };
        Ok(Health { summary })
    }

    fn prepare(&self, target: Target) -> Result<Prepared, DestinationError> {
        plain_name(&target.object)?;
        folder::create(&self.env.base, &self.config.folder)
            .and_then(|folder| folder::sweep(&folder, &target.object))
            .map_err(|error| failure(&self.folder(), error))?;
        Ok(Prepared {
            key: binding(&target.key),
            fields: target.fields.iter().map(binding).collect(),
            list_ids: Vec::new(),
            target,
        })
    }

    /// A folder that has gone since `prepare` is not created again: it may be a disk that is no longer mounted.
    fn write(&self, batch: &Batch, name: &str) -> Result<Receipt, DestinationError> {
        let object = &batch.target.target.object;
        plain_name(object)?;
        folder::resolve(&self.env.base, &self.config.folder)
            .and_then(|folder| folder::put(&folder, name, object, |out| request::encode(batch, &self.config, out)))
            .map_err(|error| failure(&self.folder(), error))?;
        Ok(Receipt::all(&Outcome::Confirmed, batch.records.len()))
    }

    fn folder(&self) -> PathBuf {
        self.env.base.join(&self.config.folder)
    }
}

/// The last guard: whoever comes without `validate` does not get out of the folder either.
fn plain_name(object: &str) -> Result<(), DestinationError> {
    if validate::is_object_name(object) {
        return Ok(());
    }
    Err(DestinationError::new(ErrorKind::Configuration, "", "the sync's object cannot start a file name"))
}

fn binding(field: &FieldSpec) -> FieldBinding {
    FieldBinding::new(field.name.clone(), field.field_type.to_string())
}

/// What went wrong, as the folder and the way out. The operation is filled in by the caller.
fn failure(folder: &Path, error: FolderError) -> DestinationError {
    let (kind, problem, fix) = match &error {
        FolderError::Outside => {
            (ErrorKind::Configuration, "leads out of the sync file's folder", "write an absolute path if that is meant")
        }
        FolderError::Taken => (
            ErrorKind::Configuration,
            "holds a file of that name with another content",
            "give this sync an object of its own",
        ),
        FolderError::Io(error) => {
            let (problem, fix) = remedy(error.kind());
            (ErrorKind::Local, problem, fix)
        }
    };
    let message = format!("{} {problem}; {fix}, or set `folder` to another place", folder.display());
    let failure = DestinationError::new(kind, "", message);
    if let FolderError::Io(error) = error { failure.with_source(error) } else { failure }
}

fn remedy(kind: io::ErrorKind) -> (&'static str, &'static str) {
    use io::ErrorKind as Io;
    match kind {
        Io::NotFound => ("is not there", "create it, or mount its disk"),
        Io::PermissionDenied => ("may not be written", "let this user write there"),
        Io::ReadOnlyFilesystem => ("is read-only", "mount its disk for writing"),
        Io::StorageFull | Io::QuotaExceeded | Io::FileTooLarge => ("has no space left", "free some space"),
        Io::NotADirectory | Io::AlreadyExists => ("is not a folder", "remove the file of that name"),
        _ => ("cannot be used", "see the cause below"),
    }
}

#[cfg(test)]
mod tests;
