//! What the attributes say of all customers together: one small table a pack, for people who plan campaigns.
//!
//! Each table takes one query over the computed relation `attributes`, whose result is bounded by the tables' own rows,
//! not by the number of customers or segments.

mod bands;
mod classes;
mod flags;
mod segments;

use crate::engine::{EngineError, Session};

use super::plan::Plan;
use super::settings::{AttributeSettings, PackSettings};

/// How customers are spread, pack by pack.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// All customers of the population.
    pub customers: u64,
    /// One table for each pack that sorts customers, in the order in which people ask.
    pub sections: Vec<Section>,
}

/// One table.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Its name for scripts.
    pub key: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Its rows, in the order in which to show them.
    pub groups: Vec<Group>,
}

/// Some of the customers.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The value, as it is in the attribute, or a name for scripts; none for customers without a value.
    pub name: Option<String>,
    /// The name for people.
    pub label: String,
    /// How many customers there are.
    pub customers: u64,
    /// Their part of what all customers paid, from 0 to 1, where that is known.
    pub revenue_share: Option<f64>,
    /// How many groups were put together to this one, where it is not one of its own.
    pub merged: Option<u64>,
}

impl Group {
    fn new(name: Option<&str>, label: &str, customers: u64) -> Self {
        Self { name: name.map(str::to_owned), label: label.to_owned(), customers, revenue_share: None, merged: None }
    }
}

/// Sums up the relation `attributes` that the plan made of these settings.
///
/// # Errors
/// [`EngineError`] of a query.
pub fn summarise(session: &Session, settings: &AttributeSettings, plan: &Plan) -> Result<Summary, EngineError> {
    let customers = session.one("select count(*) from attributes", &[], |row| row.count(0))?;
    let packs = &settings.attributes;
    let mut sections = Vec::new();
    if settings.rules().is_ok_and(|rules| !rules.is_empty()) {
        sections.push(segments::section(session, packs.rfm.is_some())?);
    }
    if packs.cycle.is_some() {
        sections.push(classes::CYCLE.section(session, plan)?);
    }
    if packs.promo.is_some() {
        sections.push(classes::PROMO.section(session, plan)?);
    }
    if packs.churn.is_some() {
        sections.push(bands::section(session)?);
    }
    sections.extend(flagged(session, packs)?);
    if packs.pressure.is_some() {
        sections.push(classes::PRESSURE.section(session, plan)?);
    }
    if packs.recommend.is_some() {
        sections.push(classes::RECOMMEND.section(session, plan)?);
    }
    Ok(Summary { customers, sections })
}

/// The packs whose rows overlap: a customer can be reached by several channels.
fn flagged(session: &Session, packs: &PackSettings) -> Result<Vec<Section>, EngineError> {
    let mut sections = Vec::new();
    if let Some(activity) = &packs.activity {
        sections.push(flags::activity(session, activity)?);
    }
    if let Some(reach) = &packs.reach {
        sections.push(flags::reach(session, reach)?);
    }
    Ok(sections)
}
