//! What a pack's relation is made in: queries, and calculations that SQL has no words for.

use std::fmt::Debug;
use std::sync::Arc;

use crate::engine::{EngineError, Session};

use super::pack::{PackQuery, Problem};

/// One step on the way to `attributes`. Each makes one relation, for the steps after it to read.
#[derive(Debug, Clone)]
pub enum Step {
    /// A SELECT statement.
    Query(PackQuery),
    /// A calculation in Rust.
    Calculation(Arc<dyn Calculation>),
}

impl Step {
    /// The relation that it makes.
    pub fn relation(&self) -> &str {
        match self {
            Self::Query(query) => &query.relation,
            Self::Calculation(calculation) => calculation.relation(),
        }
    }
}

/// A calculation between two queries: it reads relations that earlier steps made, and makes one more.
///
/// It sees the engine's seam alone, and holds what the number of distinct values bounds, not the number of customers.
pub trait Calculation: Debug + Send + Sync {
    /// The relation that it makes.
    fn relation(&self) -> &str;

    /// Makes the relation, whatever the rows are; where they do not allow for what is wanted, it is left empty, and
    /// the run is told why.
    ///
    /// # Errors
    /// [`EngineError`] of a statement.
    fn run(&self, session: &Session) -> Result<Option<Problem>, EngineError>;
}
