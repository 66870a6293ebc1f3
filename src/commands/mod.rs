//! The commands: one file a verb. Each takes its arguments, does its work through the floors below, and prints its
//! result on stdout; talk goes to stderr.

mod adopt;
mod apply;
mod attributes;
mod basis;
mod completions;
mod connections;
mod dictionary;
mod exit;
mod explain;
mod failure;
mod guarded;
mod input;
mod ledger;
mod occupied;
mod places;
mod plan;
mod planning;
mod preset;
mod project;
mod readable;
mod recover;
mod rejections;
mod run;
mod sandbox;
mod segment_history;
mod send;
mod settings;
mod signals;
mod status;
mod sync;
mod sync_result;
mod targets;
mod validate;
mod verify;
mod warnings;
mod workbench;

pub use exit::Exit;
pub use failure::Failure;

use crate::cli::{Arguments, Command};
use crate::report::Printer;

/// Runs one command to its end, failures printed.
pub async fn run(arguments: Arguments, printer: &Printer) -> Exit {
    let global = arguments.global;
    let done = match arguments.command {
        Command::Validate(own) => validate::run(&global, &own, printer).await,
        Command::Attributes(own) => attributes::run(&global, &own, printer).await,
        Command::Dictionary(own) => dictionary::run(&global, &own, printer).await,
        Command::Plan(own) => plan::run(&global, &own, printer).await,
        Command::Apply(own) => apply::run(&global, &own, printer).await,
        Command::Sync(own) => sync::run(&global, &own, printer).await,
        Command::Status(own) => status::run(&global, &own, printer).await,
        Command::Rejections(own) => rejections::run(&global, &own, printer).await,
        Command::Explain(own) => explain::run(&global, &own, printer).await,
        Command::Verify(own) => verify::run(&global, &own, printer).await,
        Command::Adopt(own) => adopt::run(&global, &own, printer).await,
        Command::Ledger(own) => ledger::run(&global, &own, printer).await,
        Command::Sandbox(own) => sandbox::run(&own, printer).await,
        Command::Settings(own) => settings::run(&global, &own, printer),
        Command::Completions { shell } => completions::run(shell, printer),
    };
    done.unwrap_or_else(|failure| {
        printer.failure(&failure);
        failure.exit()
    })
}
