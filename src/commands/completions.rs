//! `lapwing completions`: a completion script for a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Arguments;
use crate::report::Printer;

use super::{Exit, Failure};

#[expect(clippy::unnecessary_wraps, reason = "every command ends in the same type")]
pub(super) fn run(shell: Shell, printer: &Printer) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "lapwing", &mut script);
    printer.result(&String::from_utf8_lossy(&script));
    Ok(Exit::Done)
}
