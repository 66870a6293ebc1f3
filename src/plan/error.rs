//! What can be wrong with a plan.

use crate::engine::EngineError;
use crate::ledger::LedgerError;

/// A sync that cannot be planned.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// An expression does not bind to the columns of `attributes`.
    #[error("sync `{sync}`: `{place}` does not work: {message}")]
    Expression {
        /// The sync.
        sync: String,
        /// The field, or `key`, `audience`, `order_by`.
        place: String,
        /// What is wrong.
        message: String,
        /// Where, in bytes from the start of the expression.
        position: Option<usize>,
        /// The way out, where known.
        hint: Option<String>,
    },
    /// A field has a type that no vendor takes.
    #[error("sync `{sync}`: field `{field}` has values of type {sql_type}, which can't be delivered")]
    Type {
        /// The sync.
        sync: String,
        /// The field.
        field: String,
        /// The SQL type.
        sql_type: String,
    },
    /// What is to be hashed is no text.
    #[error("sync `{sync}`: `{place}` is {sql_type}, and only a text can be hashed")]
    Hash {
        /// The sync.
        sync: String,
        /// The field, or `key`.
        place: String,
        /// The SQL type.
        sql_type: String,
    },
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The engine failed.
    #[error("the plan can't be computed")]
    Engine(#[from] EngineError),
}

impl PlanError {
    /// The way out.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Expression { hint, .. } => hint.clone(),
            Self::Type { .. } => Some("cast it: to VARCHAR for text, or with to_json() for nested values".into()),
            Self::Hash { .. } => Some("cast it, as in CAST(customer_number AS VARCHAR), or remove `hash`".into()),
            Self::Ledger(error) => Some(error.hint()),
            Self::Engine(_) => None,
        }
    }
}
