//! `lapwing sandbox`: a fake vendor on loopback, for trying things out with other tools.

use std::sync::Arc;

use lapwing_http::SystemClock;
use lapwing_sandbox::{Sandbox, SandboxError, Settings, serve, vendors};

use crate::cli::SandboxArguments;
use crate::report::Printer;

use super::{Exit, Failure};

pub(super) async fn run(own: &SandboxArguments, printer: &Printer) -> Result<Exit, Failure> {
    let unknown = || {
        Failure::usage(
            format!("there is no sandbox for `{}`", own.vendor),
            format!("vendors are {}", vendors::KINDS.join(", ")),
        )
    };
    let vendor = vendors::by_kind(&own.vendor, own.seed).ok_or_else(unknown)?;
    let clock = Arc::new(SystemClock::new());
    let sandbox = match &own.state {
        Some(folder) => Sandbox::open(folder, vendor, Settings::default(), clock).map_err(failed)?,
        None => Sandbox::in_memory(vendor, Settings::default(), clock),
    };
    let served = serve(sandbox.clone(), own.listen).await.map_err(failed)?;
    printer.talk(&format!("{} on http://{}, {}; Ctrl-C ends it", own.vendor, served.address(), sandbox.summary()));
    // Where Ctrl-C cannot be heard, the sandbox serves until it is killed.
    let _ = tokio::signal::ctrl_c().await;
    sandbox.save().map_err(failed)?;
    Ok(Exit::Done)
}

fn failed(error: SandboxError) -> Failure {
    Failure::usage(error, "choose a free port with --listen 127.0.0.1:PORT, and a folder that can be written")
}
