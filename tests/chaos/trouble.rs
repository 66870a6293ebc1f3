//! What goes wrong, drawn from a seed.
//!
//! Only what an honest vendor and an honest network do: an answer may be missing, late, broken or a refusal for now, but
//! it never says that a record is not there, or is bad, when that is not so.

use std::time::Duration;

use lapwing_sandbox::{Action, Fault, JobFault, When};

use crate::dice::Dice;
use crate::vendors::Account;

/// A fault, with the name that it is counted under.
#[derive(Debug, Clone)]
pub(crate) struct Trouble {
    pub(crate) kind: &'static str,
    pub(crate) fault: Fault,
}

/// Kinds, each as often as it stands here.
const KINDS: &[&str] = &[
    "429",
    "429",
    "429 with Retry-After",
    "429 with Retry-After",
    "429 for long",
    "500",
    "500",
    "502",
    "503",
    "503",
    "504",
    "408",
    "5xx after applying",
    "5xx after applying",
    "5xx after applying",
    "401",
    "401",
    "refused",
    "refused",
    "cut",
    "cut",
    "cut",
    "cut after applying",
    "cut after applying",
    "cut after applying",
    "late",
    "late",
    "late after applying",
    "garbage",
    "garbage after applying",
    "huge",
];

/// The troubles of a round: none in a third of them, else up to eight.
pub(crate) fn troubles(dice: &mut Dice, account: &dyn Account) -> Vec<Trouble> {
    let many = dice.pick(&[0, 0, 1, 2, 3, 4, 6, 8]);
    (0..many).map(|_| trouble(dice, account)).collect()
}

fn trouble(dice: &mut Dice, account: &dyn Account) -> Trouble {
    let routes = account.job_routes();
    if !routes.is_empty() && dice.in_percent(35) {
        let (method, path) = dice.pick(routes);
        let (kind, job) = job(dice);
        let nth = u32::try_from(dice.between(1, 6)).unwrap();
        return Trouble { kind, fault: Fault::on(method, path, Action::Job(job)).nth(nth) };
    }
    let kind = dice.pick(KINDS);
    let times = if dice.in_percent(15) { dice.between(2, 9) } else { 1 };
    let when = When {
        nth: u32::try_from(dice.between(1, 30)).unwrap(),
        times: u32::try_from(times).unwrap(),
        ..When::default()
    };
    Trouble { kind, fault: Fault { when, then: action(dice, kind) } }
}

fn action(dice: &mut Dice, kind: &str) -> Action {
    let seconds = |dice: &mut Dice, first, last| dice.between(first, last).to_string();
    match kind {
        "429" => Action::status(429),
        "429 with Retry-After" => Action::status(429).with_header("Retry-After", &seconds(dice, 1, 90)),
        // Longer than any deadline of a run.
        "429 for long" => Action::status(429).with_header("Retry-After", &seconds(dice, 301, 7_200)),
        "500" => Action::status(500),
        "502" => Action::status(502),
        "503" if dice.in_percent(50) => Action::status(503).with_header("Retry-After", &seconds(dice, 1, 30)),
        "503" => Action::status(503),
        "504" => Action::status(504),
        "408" => Action::status(408),
        "5xx after applying" => Action::status_after_applying(dice.pick(&[500, 502, 503, 504])),
        "401" => Action::status(401),
        "refused" => Action::Refuse,
        "cut" => Action::cut(false),
        "cut after applying" => Action::cut(true),
        "late" => Action::delay(Duration::from_secs(dice.between(1, 200))),
        "late after applying" => {
            Action::Delay { seconds: Duration::from_secs(dice.between(1, 200)).as_secs_f64(), applied: true }
        }
        "garbage" => Action::WrongJson { applied: false },
        "garbage after applying" => Action::WrongJson { applied: true },
        _ => Action::Huge { bytes: 20_000 },
    }
}

fn job(dice: &mut Dice) -> (&'static str, JobFault) {
    match dice.below(6) {
        0 => ("job fails", JobFault::Fails),
        1 | 2 => ("job half done", JobFault::EndsHalf { errored: dice.size(1, 3) }),
        3 => ("job lost", JobFault::Lost { applied: false }),
        4 => ("job lost after applying", JobFault::Lost { applied: true }),
        _ => ("job stuck", JobFault::Stuck),
    }
}
