//! Runs that are told to end, and runs that meet: the real binary against a served fake, waited for by what can be seen.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use lapwing_sandbox::{Action, Fault, JobFault, Sandbox, serve};

use crate::hurried;
use crate::project::Project;

const UPSERT: &str = "/v3/marketing/contacts";

/// A vendor that is served on this machine, and a project that talks to it.
struct Stage {
    runtime: tokio::runtime::Runtime,
    sandbox: Sandbox,
    project: Project,
}

impl Stage {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox = hurried::sendgrid();
        let served = runtime.block_on(serve(sandbox.clone(), ([127, 0, 0, 1], 0).into())).unwrap();
        let mut project = Project::new();
        project.destination = vec![
            "connector = \"sendgrid\"".into(),
            "api_key = \"${SENDGRID_API_KEY}\"".into(),
            format!("base_url = \"http://{}\"", served.address()),
        ];
        project.fields = vec!["first_name = \"first_name\"".into()];
        project.write();
        // Served until the test ends.
        runtime.spawn(async move {
            std::future::pending::<()>().await;
            drop(served);
        });
        Self { runtime, sandbox, project }
    }

    fn start(&self, arguments: &[&str]) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lapwing"));
        command.args(arguments).current_dir(self.project.path()).env_clear().env("SENDGRID_API_KEY", "SG.any");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Running { child, stderr, told: String::new() }
    }

    /// How many requests of this kind have come, answered or not.
    fn requests(&self, method: &str, path: &str) -> usize {
        let fits =
            |request: &&lapwing_sandbox::LoggedRequest| request.method == method && request.path.starts_with(path);
        self.sandbox.requests(0).iter().filter(fits).count()
    }

    /// Waits for something to be seen at the vendor.
    fn until(&self, running: &mut Running, happened: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !happened(self) {
            assert!(started.elapsed() < Duration::from_secs(120), "it never happens");
            assert!(running.child.try_wait().unwrap().is_none(), "it ended before it happened");
            // No event to wait for: what a vendor has seen is looked at again.
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    fn confirmed(&self) -> usize {
        self.sandbox.state()["contacts"].as_array().unwrap().len()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // An hour of waiting may still be scripted.
        self.sandbox.clear_faults();
        let _ = &self.runtime;
    }
}

/// A process under way.
struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    told: String,
}

impl Running {
    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Reads on until a line says this.
    fn says(&mut self, words: &str) {
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            assert!(self.stderr.read_line(&mut line).unwrap() > 0, "it ended, and said\n{}", self.told);
            self.told.push_str(&line);
        }
    }

    /// Waits for the end; what was told, and the JSON document.
    fn end(mut self) -> (ExitStatus, String, serde_json::Value) {
        self.stderr.read_to_string(&mut self.told).unwrap();
        let output = self.child.wait_with_output().unwrap();
        let document = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (
            output.status,
            self.told.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" "),
            document,
        )
    }
}

/// An answer that does not come within the test.
fn never() -> Fault {
    Fault::on("PUT", UPSERT, hurried::late(hurried::NEVER, false))
}

#[test]
fn a_second_process_is_told_who_holds_the_ledger_and_another_waits_for_it() {
    let stage = Stage::new();
    stage.sandbox.script([never()]);
    let mut first = stage.start(&["sync"]);
    stage.until(&mut first, |stage| stage.requests("PUT", UPSERT) == 1);
    for command in [&["sync"][..], &["plan"], &["apply"], &["status"], &["rejections"]] {
        let (status, told, _) = stage.start(command).end();
        assert_eq!(status.code(), Some(5), "{command:?}: {told}");
        let holder = format!("process {} (`sync sync.toml`, since ", first.child.id());
        assert!(told.contains(&holder) && told.contains("--wait"), "{command:?}: {told}");
    }
    let mut waiting = stage.start(&["sync", "--json", "--wait"]);
    waiting.says("waiting");
    stage.sandbox.clear_faults();
    first.signal("-KILL");
    first.end();
    let (status, told, document) = waiting.end();
    assert_eq!(status.code(), Some(0), "{told}");
    assert!(told.contains("ended early"), "{told}");
    assert_eq!(document["syncs"][0]["confirmed"], 5, "{document}");
    assert_eq!(stage.confirmed(), 5);
}

#[test]
fn a_run_that_is_told_to_end_leaves_its_job_to_the_next_one() {
    let stage = Stage::new();
    stage.sandbox.script([Fault::on("PUT", UPSERT, Action::Job(JobFault::Stuck))]);
    let mut run = stage.start(&["sync", "--json"]);
    // The vendor has taken the batch, and its job runs.
    stage.until(&mut run, |stage| {
        stage.sandbox.requests(0).iter().any(|request| request.method == "PUT" && request.status == Some(202))
    });
    run.signal("-TERM");
    run.says("stopping after the batches in flight");
    let (status, told, document) = run.end();
    assert_eq!(status.code(), Some(1), "{told}");
    assert_eq!(
        (&document["syncs"][0]["pending"], &document["syncs"][0]["confirmed"]),
        (&5.into(), &0.into()),
        "{document}"
    );
    let (_, _, rows) = stage.start(&["status", "--json"]).end();
    assert_eq!(rows["runs"][0]["pending"], 5, "{rows}");
    assert_eq!(stage.requests("PUT", UPSERT), 1, "a job that runs is not submitted again");
}

#[test]
fn what_was_under_way_is_confirmed_before_the_run_ends() {
    let stage = Stage::new();
    let mut run = stage.start(&["sync", "--json"]);
    stage.until(&mut run, |stage| stage.requests("PUT", UPSERT) == 1);
    run.signal("-INT");
    let (status, told, document) = run.end();
    let sync = &document["syncs"][0];
    let count = |name: &str| sync[name].as_u64().unwrap_or_default();
    assert_eq!(count("confirmed") + count("pending"), 5, "{told} {document}");
    assert!(matches!(status.code(), Some(0 | 1)), "{told}");
    // Once the job has ended, the next run knows of everything, and sends nothing again.
    let (status, told, _) = stage.start(&["sync", "--json"]).end();
    assert_eq!(status.code(), Some(0), "{told}");
    assert_eq!((stage.requests("PUT", UPSERT), stage.confirmed()), (1, 5));
}

#[test]
fn a_second_signal_ends_at_once_and_the_next_run_recovers() {
    let stage = Stage::new();
    stage.sandbox.script([never()]);
    let mut run = stage.start(&["sync"]);
    stage.until(&mut run, |stage| stage.requests("PUT", UPSERT) == 1);
    run.signal("-TERM");
    run.says("once more to stop at once");
    run.signal("-TERM");
    let (status, told, _) = run.end();
    assert_eq!(status.code(), Some(130), "{told}");
    stage.sandbox.clear_faults();
    let (status, told, document) = stage.start(&["sync", "--json"]).end();
    assert_eq!(status.code(), Some(0), "{told}");
    assert!(told.contains("ended early"), "{told}");
    assert_eq!((&document["syncs"][0]["confirmed"], stage.confirmed()), (&5.into(), 5), "{document}");
}

#[test]
fn two_destinations_that_lead_to_one_account_are_written_to_one_after_the_other() {
    let stage = Stage::new();
    let path = stage.project.path().join("sync.toml");
    let first = std::fs::read_to_string(&path).unwrap();
    let destination = format!("[destinations.also_crm]\n{}\n", stage.project.destination.join("\n"));
    let sync = first[first.find("[[syncs]]").unwrap()..].replace("\"contacts\"\n", "\"again\"\n");
    let sync = sync.replace("\"crm\"", "\"also_crm\"").replace("object = \"again\"", "object = \"contacts\"");
    let sync = sync.replace("first_name = ", "last_name = ");
    std::fs::write(&path, format!("{first}\n{destination}\n{sync}")).unwrap();
    // Nobody is let in, so that nobody has to wait for a job either.
    stage.sandbox.script([Fault::on("PUT", UPSERT, Action::status(403)).times(2)]);
    let (status, told, _) = stage.start(&["sync", "--json"]).end();
    assert_eq!(status.code(), Some(4), "{told}");
    let asked = stage.sandbox.requests(0);
    let writes: Vec<bool> = asked.iter().map(|request| request.path == UPSERT).collect();
    // Fields and lists are looked up before each write: side by side, all looking would come before any writing.
    assert!(matches!(&writes[..], [false, .., true]), "{writes:?}");
    let (first, second) = writes.split_at(writes.len() / 2);
    assert_eq!((first, first.iter().filter(|is_write| **is_write).count()), (second, 1), "{writes:?}");
}
