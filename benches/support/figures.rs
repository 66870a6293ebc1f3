//! Seconds, processor seconds and peak memory of a step, as the kernel counts them.

use std::time::Instant;

/// What a step cost.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    pub(crate) step: String,
    pub(crate) seconds: f64,
    /// User and system time of all threads.
    pub(crate) cpu_seconds: f64,
    /// The most memory that the process held during the step.
    pub(crate) peak_mib: f64,
    pub(crate) note: String,
}

/// Runs `work` and says what it cost.
pub(crate) fn measured<T>(step: &str, work: impl FnOnce() -> T) -> (T, Figure) {
    reset_peak();
    let (started, cpu) = (Instant::now(), cpu_seconds());
    let done = work();
    let figure = Figure {
        step: step.to_owned(),
        seconds: started.elapsed().as_secs_f64(),
        cpu_seconds: cpu_seconds() - cpu,
        peak_mib: peak_mib(),
        note: String::new(),
    };
    (done, figure)
}

impl Figure {
    /// One line, for the process that collects the steps.
    pub(crate) fn to_line(&self) -> String {
        let Self { step, seconds, cpu_seconds, peak_mib, note } = self;
        format!("figure\t{step}\t{seconds}\t{cpu_seconds}\t{peak_mib}\t{note}")
    }

    /// The step of such a line.
    pub(crate) fn from_line(line: &str) -> Option<Self> {
        let mut parts = line.strip_prefix("figure\t")?.split('\t');
        let step = parts.next()?.to_owned();
        let mut number = || parts.next()?.parse().ok();
        let (seconds, cpu_seconds, peak_mib) = (number()?, number()?, number()?);
        Some(Self { step, seconds, cpu_seconds, peak_mib, note: parts.next()?.to_owned() })
    }
}

/// Where the kernel does not allow it, peaks are those of the process so far: never too small.
fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// 0 where the kernel does not tell.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

/// In hundredths, which is how Linux counts them for everybody; 0 where there is no /proc.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let mut ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    (ticks.next().unwrap_or(0.0) + ticks.next().unwrap_or(0.0)) / 100.0
}
