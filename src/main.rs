//! The `lapwing` binary: the command line, the runtime, the exit code. Everything else is in the library.

use std::process::ExitCode;

use clap::Parser as _;
use lapwing::cli::Arguments;
use lapwing::commands;
use lapwing::report::{Printer, keep_values_out_of_panics};

#[tokio::main]
async fn main() -> ExitCode {
    keep_values_out_of_panics();
    // Only the builds of tests have points at which a run can be made to die.
    let _deaths = fail::has_failpoints().then(fail::FailScenario::setup);
    let arguments = Arguments::parse();
    let printer = Printer::new(arguments.global.colours.as_deref().unwrap_or("auto"));
    commands::run(arguments, &printer).await.into()
}
