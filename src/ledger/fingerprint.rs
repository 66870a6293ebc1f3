//! What a refusal was about: the values that wait for their next try, told from others by a digest.

use std::collections::BTreeSet;

use super::FieldColumn;
use crate::engine::quote_literal;

/// The fields that cause a request by themselves, by the numbers of their columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Triggers {
    /// Every field.
    All,
    /// These.
    These(BTreeSet<i64>),
}

impl Triggers {
    /// As the ledger keeps them with a plan. What cannot be read counts as every field: the worst of it is another try.
    pub(super) fn from_staged(staged: &str) -> Self {
        serde_json::from_str(staged).map_or(Self::All, Self::These)
    }

    /// For the ledger; none for every field.
    pub(crate) fn to_staged(&self) -> Option<String> {
        match self {
            Self::All => None,
            Self::These(numbers) => serde_json::to_string(numbers).ok(),
        }
    }

    fn contains(&self, column_no: i64) -> bool {
        match self {
            Self::All => true,
            Self::These(numbers) => numbers.contains(&column_no),
        }
    }
}

/// An expression that tells whether two changes try the same: it covers which of the fields that cause a request are
/// sent, and what, and the value of the field that the refusal (alias `refusal`) named. So a rank that moves with every
/// run is no other try. The same text serves the diff, which holds a refused change back while its fingerprint stays.
/// Values stand in it as JSON, which no value can break out of; the order of the fields in the sync file makes no difference.
pub(crate) fn fingerprint(fields: &[FieldColumn], triggers: &Triggers, alias: &str, refusal: &str) -> String {
    let value = |n: i64| format!("'{n}=' || coalesce(CAST(to_json({alias}.v{n}) AS VARCHAR), 'null')");
    let mut numbers: Vec<i64> = fields.iter().map(|field| field.column_no).collect();
    numbers.retain(|n| triggers.contains(*n));
    numbers.sort_unstable();
    let mut parts = vec![format!("{alias}.operation")];
    parts.extend(numbers.into_iter().map(|n| format!("CASE WHEN {alias}.c{n} THEN {} END", value(n))));
    let silent = fields.iter().filter(|field| !triggers.contains(field.column_no));
    let at_fault: Vec<String> = silent
        .map(|field| {
            let n = field.column_no;
            format!("WHEN {refusal}.field = {} AND {alias}.c{n} THEN {}", quote_literal(&field.name), value(n))
        })
        .collect();
    if !at_fault.is_empty() {
        parts.push(format!("CASE {} END", at_fault.join(" ")));
    }
    format!("md5(concat_ws(chr(31), {}))", parts.join(", "))
}
