//! What is told of a bug: the place, and nothing of what was at hand there.
//!
//! The words of a panic are the library's that met it, and some quote the text that they stumbled over: a slice in the
//! middle of a letter prints the whole string, which may be a customer's name.

use std::io::Write as _;
use std::panic::PanicHookInfo;

/// Replaces the words of panics by their places, from now on and on every thread.
pub fn keep_values_out_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        // Nobody is left to be told where stderr is closed.
        let _ = writeln!(std::io::stderr(), "{}", told(panic));
    }));
}

fn told(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map_or_else(|| "a place that is not known".to_owned(), ToString::to_string);
    let thread = std::thread::current().name().unwrap_or("without a name").to_owned();
    format!(
        "error: Lapwing met a mistake of its own, at {place} (thread `{thread}`)\nhelp: please report it with this place; \
         the next run goes on from what was confirmed. What was at hand is not shown, because it may be a customer's"
    )
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    /// Set in the process that panics.
    const PANICS: &str = "LAPWING_TEST_PANICS";

    #[test]
    fn a_panic_tells_its_place_and_not_what_was_at_hand() {
        if std::env::var_os(PANICS).is_some() {
            super::keep_values_out_of_panics();
            let name = "Zoë Hush <hush@example.com>";
            // As a library would: in the middle of a letter.
            let middle = name.find('ë').map_or(0, |at| at + 1);
            let _ = std::hint::black_box(&name[middle..]);
            return;
        }
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args([
            "--exact",
            "report::panic::tests::a_panic_tells_its_place_and_not_what_was_at_hand",
            "--nocapture",
        ]);
        let output = again.env(PANICS, "yes").env("RUST_BACKTRACE", "full").output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!output.status.success() && said.contains("src/report/panic.rs:"), "{said}");
        assert!(!said.contains("Hush") && !said.contains("hush@"), "{said}");
    }
}
