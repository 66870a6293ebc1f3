//! `schedule = { cron, timezone }`: when the scheduler starts a sync. Only the form is checked here.

use super::context::Context;
use super::reader::TableReader;
use super::tree::{Spanned, Value};

/// The time zone where none is given.
pub const DEFAULT_TIMEZONE: &str = "UTC";

/// When to run.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Schedule {
    /// Five fields: minute, hour, day of month, month, day of week.
    pub cron: Spanned<String>,
    /// An IANA name. Default: [`DEFAULT_TIMEZONE`].
    pub timezone: Spanned<String>,
}

pub(super) fn read(value: &Spanned<Value>, cx: &mut Context<'_>) -> Option<Schedule> {
    let mut reader = TableReader::open(value, "`schedule`", cx)?;
    let cron = match reader.required("cron", "for example cron = \"*/15 * * * *\"", cx) {
        Some(_) => reader.text("cron", cx),
        None => None,
    };
    let timezone = read_timezone(&mut reader, cx);
    reader.finish(&[], cx);
    let cron = cron?;
    if let Err(problem) = check_cron(&cron) {
        cx.error(cron.span, "bad-cron", format!("`cron` is not a schedule: {problem}"))
            .hint("minute hour day-of-month month day-of-week, as in \"30 6 * * mon-fri\"");
        return None;
    }
    Some(Schedule { cron, timezone })
}

/// Reads `timezone`, and gives UTC where there is none.
pub(super) fn read_timezone(reader: &mut TableReader<'_>, cx: &mut Context<'_>) -> Spanned<String> {
    let default = || Spanned::new(DEFAULT_TIMEZONE.to_owned(), crate::config::diagnostics::Span::default());
    let Some(name) = reader.text("timezone", cx) else { return default() };
    let allowed = |character: char| character.is_ascii_alphanumeric() || "/_+-".contains(character);
    if name.contains("${") || name.chars().all(allowed) && name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return name;
    }
    cx.error(name.span, "bad-timezone", "`timezone` must be an IANA name")
        .hint("for example \"Europe/Paris\" or \"UTC\"");
    default()
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Name, lowest and highest number, and names for the numbers of each cron field.
const FIELDS: [(&str, u8, u8, &[&str]); 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of month", 1, 31, &[]),
    ("month", 1, 12, MONTHS),
    ("day of week", 0, 7, DAYS),
];

fn check_cron(cron: &str) -> Result<(), String> {
    if cron.contains("${") {
        return Ok(());
    }
    let typed: Vec<&str> = cron.split_whitespace().collect();
    if typed.len() != FIELDS.len() {
        return Err(format!("it has {} fields, not 5", typed.len()));
    }
    for (typed, (name, low, high, names)) in typed.into_iter().zip(FIELDS) {
        for item in typed.split(',') {
            check_item(item, low, high, names)
                .ok_or_else(|| format!("the {name} is out of form or range ({low} to {high})"))?;
        }
    }
    Ok(())
}

/// `*`, `a`, `a-b`, each with an optional `/step`.
fn check_item(item: &str, low: u8, high: u8, names: &[&str]) -> Option<()> {
    let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
    if let Some(step) = step {
        step.parse::<u8>().ok().filter(|step| *step > 0 && *step <= high)?;
    }
    if range == "*" {
        return Some(());
    }
    let number = |text: &str| -> Option<u8> {
        let spelled = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let spelled = spelled.and_then(|at| u8::try_from(at).ok());
        let number = spelled.map(|at| at + low).or_else(|| text.parse().ok())?;
        (low..=high).contains(&number).then_some(number)
    };
    match range.split_once('-') {
        Some((first, last)) => (number(first)? <= number(last)?).then_some(()),
        None => number(range).map(|_| ()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_schedules_pass() {
        for cron in ["*/15 * * * *", "0 6 * * mon-fri", "5,35 0-6/2 1 JAN *", "0 0 * * 7", "${CRON}"] {
            assert_eq!(check_cron(cron), Ok(()), "{cron}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(check_cron("* * * *").unwrap_err(), "it has 4 fields, not 5");
        assert!(check_cron("60 * * * *").unwrap_err().starts_with("the minute"));
        assert!(check_cron("* 5-3 * * *").unwrap_err().starts_with("the hour"));
        assert!(check_cron("*/0 * * * *").is_err());
        assert!(check_cron("* * * mai *").is_err());
    }
}
