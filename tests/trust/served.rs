//! The real binary as a process, beside SendGrid's fake, which is served on this machine.

use std::future::Future;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lapwing_sandbox::{Sandbox, Served, serve};

use crate::crash::Ended;
use crate::hurried;

pub(crate) const UPSERT: &str = "/v3/marketing/contacts";

/// A vendor, and a folder for a project that writes to it.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    served: Served,
    folder: tempfile::TempDir,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let sandbox = hurried::sendgrid();
        let served = serve(sandbox.clone(), ([127, 0, 0, 1], 0).into()).await.unwrap();
        Self { sandbox, served, folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Another project of the same account.
    pub(crate) fn moves(&mut self) {
        self.folder = tempfile::tempdir().unwrap();
    }

    /// Writes a file of the project.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    /// Writes the sync file: `sources` are its exports and attributes, `sync` is what follows `[[syncs]]`.
    pub(crate) fn write_sync_file(&self, sources: &str, sync: &str) {
        let address = self.served.address();
        self.write(
            "sync.toml",
            &format!(
                "version = 1\n{sources}[destinations.crm]\nconnector = \"sendgrid\"\n\
                 api_key = \"${{SENDGRID_API_KEY}}\"\nbase_url = \"http://{address}\"\n[[syncs]]\nname = \"contacts\"\n\
                 destination = \"crm\"\nobject = \"contacts\"\nkey = {{ email = \"email\" }}\n{sync}"
            ),
        );
    }

    /// Starts `lapwing sync --json` with more arguments.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.start_through(Command::new(env!("CARGO_BIN_EXE_lapwing")), arguments)
    }

    /// The same by way of another program, which starts what stands behind its own arguments.
    pub(crate) fn start_through(&self, mut command: Command, arguments: &[&str]) -> Child {
        command
            .args(["sync", "--json"])
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .envs([("SENDGRID_API_KEY", "SG.any"), ("PATH", "/usr/bin:/bin")])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs to the end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        end(self.start(arguments)).await
    }

    /// Starts a run, and kills it when something has happened.
    pub(crate) async fn killed_when(&self, arguments: &[&str], happened: impl Fn() -> bool) {
        let mut child = self.start(arguments);
        until(&mut child, happened).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub(crate) fn upserts(&self) -> usize {
        self.sandbox.requests(0).iter().filter(|request| request.method == "PUT" && request.path == UPSERT).count()
    }
}

/// Waits for the end.
pub(crate) async fn end(child: Child) -> Ended {
    Ended::of(tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap())
}

/// Waits until `happened`, and gives the child up to a generous deadline to get there.
pub(crate) async fn until(child: &mut Child, happened: impl Fn() -> bool) {
    let started = Instant::now();
    while !happened() {
        assert!(started.elapsed() < Duration::from_secs(60), "it never got there");
        assert!(child.try_wait().unwrap().is_none(), "it ended before it got there");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Plays a story, with a thread for the vendor beside it.
pub(crate) fn play(story: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(story);
}
