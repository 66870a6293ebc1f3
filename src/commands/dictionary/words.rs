//! Words that formulas are made of, and that mean one thing everywhere.

use crate::report::dictionary::Word;

/// The words, where orders of these statuses do not count.
pub(super) fn words(excluded_statuses: &[String]) -> Vec<Word> {
    let statuses = match excluded_statuses {
        [] => "whatever its status".to_owned(),
        [one] => format!("of any status but {one}"),
        [others @ .., last] => format!("of any status but {} and {last}", others.join(", ")),
    };
    let word = |word, meaning: &str| Word { word, meaning: meaning.to_owned() };
    vec![
        word(
            "counted order",
            &format!(
                "An order of 0 or more, {statuses}. Orders below 0 are refunds: they lower sums, and count as no order."
            ),
        ),
        word("as_of", "The time that a run computes for. What happened later does not exist."),
        word("purchase day", "A date (UTC) with a counted order."),
        word("gross", "What the customer paid and the discount together."),
        word("days since", "Whole days of 24 hours up to as_of."),
        word("floor(x)", "The whole number of x, its fraction dropped."),
    ]
}
