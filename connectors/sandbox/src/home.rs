//! The folder of an account: a state file that is replaced as a whole, and a journal of what changed since.
//!
//! `state.jsonl` starts with a header line, the rest is the vendor's. `journal-N.jsonl` belongs to the state of
//! generation N and holds one request a line, without headers, so that no credential gets there. Opening reads the
//! state and lets the vendor answer the journal's requests again, at their times. `time` holds when the vendor was asked
//! last: a client that looked at a job and found it done must not, after its death, find it running again.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use http::Request;

use crate::vendor::Replayed;
use crate::{JobFault, SandboxError, Vendor};

/// The version of both files. A change of their form needs a new one.
const FORMAT: u32 = 1;

/// A journal longer than this is folded into the state when the folder is opened.
const LONG_JOURNAL: u64 = 64 * 1024 * 1024;

/// A folder that this process holds.
#[derive(Debug)]
pub(crate) struct Home {
    folder: PathBuf,
    generation: u64,
    journal: File,
    time: File,
    /// Held for its lock.
    _lock: File,
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: u32,
    kind: String,
    generation: u64,
    saved_at: DateTime<Utc>,
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    at: DateTime<Utc>,
    method: String,
    uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fault: Option<JobFault>,
    body: String,
}

impl Home {
    /// Opens the folder and brings `vendor` to where it stood. `replay` lets the vendor answer one request again.
    pub(crate) fn open(
        folder: &Path,
        vendor: &dyn Vendor,
        mut replay: impl FnMut(DateTime<Utc>, Option<JobFault>, Request<Bytes>) -> bool,
    ) -> Result<(Self, Option<DateTime<Utc>>), SandboxError> {
        fs::create_dir_all(folder).map_err(|source| at(folder, "create", source))?;
        let lock = hold(folder)?;
        let mut header = None;
        let state = folder.join("state.jsonl");
        for_each_line(&state, |number, line| {
            if number > 1 {
                return vendor.load(line);
            }
            let read: Header =
                serde_json::from_str(line).map_err(|_| "not the header of a sandbox state".to_owned())?;
            if read.format != FORMAT {
                return Err(format!("format {} instead of {FORMAT}", read.format));
            }
            if read.kind != vendor.kind() {
                return Err(format!("the state of {} instead of {}", read.kind, vendor.kind()));
            }
            header = Some(read);
            Ok(())
        })?;
        let generation = header.as_ref().map_or(0, |header| header.generation);
        let mut saved = header.map(|header| header.saved_at);
        let path = journal_path(folder, generation);
        let length = for_each_line(&path, |_, line| {
            let entry: Entry = serde_json::from_str(line).map_err(|_| "not a journal entry".to_owned())?;
            let at = entry.at;
            let fault = entry.fault;
            let request = entry.into_request().ok_or("not a request")?;
            saved = saved.max(Some(at));
            if replay(at, fault, request) { Ok(()) } else { Err("the request cannot be repeated".to_owned()) }
        })?;
        let journal = open_journal(&path, length)?;
        let (time, asked_last) = open_time(folder)?;
        let saved = saved.max(asked_last);
        let mut home = Self { folder: folder.to_owned(), generation, journal, time, _lock: lock };
        if let Some(saved) = saved.filter(|_| length > LONG_JOURNAL) {
            home.save(vendor, saved)?;
        }
        Ok((home, saved))
    }

    /// Adds a request that changed the account. It survives the end of the process, not that of the machine.
    pub(crate) fn note(
        &mut self,
        at: DateTime<Utc>,
        fault: Option<JobFault>,
        request: &Request<Bytes>,
    ) -> io::Result<()> {
        let entry = Entry {
            at,
            method: request.method().to_string(),
            uri: request.uri().to_string(),
            fault,
            body: String::from_utf8(request.body().to_vec()).map_err(io::Error::other)?,
        };
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        self.journal.write_all(&line)
    }

    /// Notes the time of a request that changed nothing. It survives the end of the process, not that of the machine.
    pub(crate) fn pass(&mut self, at: DateTime<Utc>) -> io::Result<()> {
        // Always of the same length, so that the file is one time and never parts of two.
        self.time.seek(SeekFrom::Start(0))?;
        self.time.write_all(at.to_rfc3339_opts(SecondsFormat::Micros, true).as_bytes())
    }

    /// Replaces the state file as a whole and starts an empty journal.
    pub(crate) fn save(&mut self, vendor: &dyn Vendor, now: DateTime<Utc>) -> Result<(), SandboxError> {
        let generation = self.generation + 1;
        let path = self.folder.join("state.jsonl");
        self.write_state(vendor, now, generation, &path).map_err(|source| at(&path, "write", source))?;
        let old = journal_path(&self.folder, self.generation);
        self.generation = generation;
        self.journal = open_journal(&journal_path(&self.folder, generation), 0)?;
        // The state no longer refers to it: a leftover does no harm.
        if let Err(error) = fs::remove_file(&old) {
            tracing::debug!(error = &error as &dyn std::error::Error, "the sandbox's old journal stays");
        }
        Ok(())
    }

    fn write_state(&self, vendor: &dyn Vendor, now: DateTime<Utc>, generation: u64, path: &Path) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        let mut out = BufWriter::with_capacity(1 << 20, file.as_file_mut());
        let header = Header { format: FORMAT, kind: vendor.kind().to_owned(), generation, saved_at: now };
        serde_json::to_writer(&mut out, &header)?;
        out.write_all(b"\n")?;
        vendor.save(now, &mut out)?;
        out.flush()?;
        drop(out);
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        File::open(&self.folder)?.sync_all()
    }
}

impl Entry {
    fn into_request(self) -> Option<Request<Bytes>> {
        Request::builder()
            .method(self.method.as_str())
            .uri(self.uri)
            .header(http::header::CONTENT_TYPE, "application/json")
            .extension(Replayed)
            .body(Bytes::from(self.body))
            .ok()
    }
}

fn hold(folder: &Path) -> Result<File, SandboxError> {
    let path = folder.join("lock");
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| at(&path, "open", source))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(SandboxError::InUse { path: folder.to_owned() }),
        Err(TryLockError::Error(source)) => Err(at(&path, "lock", source)),
    }
}

/// Calls `each` with the lines of a file, from 1, and gives the length of all of them. A missing file has none. A last
/// line without its end is the rest of a write that a crash cut short: nobody was told of it, so it is left out.
fn for_each_line(path: &Path, mut each: impl FnMut(usize, &str) -> Result<(), String>) -> Result<u64, SandboxError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(source) => return Err(at(path, "read", source)),
    };
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut line = String::new();
    let mut length = 0;
    for number in 1.. {
        line.clear();
        reader.read_line(&mut line).map_err(|source| at(path, "read", source))?;
        let Some(whole) = line.strip_suffix('\n') else { break };
        each(number, whole).map_err(|message| SandboxError::State { path: path.to_owned(), line: number, message })?;
        length += line.len() as u64;
    }
    Ok(length)
}

/// Opens a journal to write on after its first `length` bytes; a torn line behind them is cut off.
fn open_journal(path: &Path, length: u64) -> Result<File, SandboxError> {
    let open = || {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        file.set_len(length)?;
        Ok(file)
    };
    open().map_err(|source| at(path, "open", source))
}

/// Opens the file of the time, and reads it; what is no time says nothing.
fn open_time(folder: &Path) -> Result<(File, Option<DateTime<Utc>>), SandboxError> {
    let path = folder.join("time");
    let open = || {
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path)?;
        let text = io::read_to_string(&file)?;
        Ok((file, DateTime::parse_from_rfc3339(&text).ok().map(|at| at.with_timezone(&Utc))))
    };
    open().map_err(|source| at(&path, "open", source))
}

fn journal_path(folder: &Path, generation: u64) -> PathBuf {
    folder.join(format!("journal-{generation}.jsonl"))
}

fn at(path: &Path, doing: &'static str, source: io::Error) -> SandboxError {
    SandboxError::Folder { doing, path: path.to_owned(), source }
}
