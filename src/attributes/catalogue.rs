//! Every pack with its columns: what a sync file can deliver.

use crate::exports::Relation;

use super::about::{About, PackParameter};
use super::activity::ActivitySettings;
use super::churn::ChurnSettings;
use super::column::AttributeColumn;
use super::custom::CustomPack;
use super::cycle::CycleSettings;
use super::pack::{Pack, Relations};
use super::plan::{independent_packs, with_readers};
use super::pressure::PressureSettings;
use super::priority::PrioritySettings;
use super::promo::PromoSettings;
use super::reach::ReachSettings;
use super::recommend::RecommendSettings;
use super::rfm::RfmSettings;
use super::settings::{AttributeSettings, PackSettings};

/// A pack and its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedPack {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub about: About,
    /// The keys that the sync file can set it by.
    pub parameters: Vec<PackParameter>,
    /// Its columns, in order.
    pub columns: Vec<AttributeColumn>,
}

impl DescribedPack {
    pub(super) fn of(pack: &dyn Pack, has: &Relations) -> Self {
        Self { name: pack.name(), about: pack.about(), parameters: pack.parameters(), columns: pack.columns(has) }
    }
}

/// All packs that there are, by their defaults, as if every export were given with all of its canonical columns.
pub fn catalogue() -> Vec<DescribedPack> {
    described(&AttributeSettings { attributes: everything(), ..AttributeSettings::default() }, &all_exports())
}

fn described(settings: &AttributeSettings, has: &Relations) -> Vec<DescribedPack> {
    let packs = with_readers(independent_packs(settings, has), settings, has, settings.rules().ok());
    let mut packs: Vec<DescribedPack> = packs.iter().map(|pack| DescribedPack::of(pack.as_ref(), has)).collect();
    // Without a single attribute of the user's own there is still something to say of the pack.
    if settings.attributes.custom.is_empty() {
        packs.push(DescribedPack::of(&CustomPack(&[]), has));
    }
    packs
}

/// Every pack on. All fields are named: a new pack must be among them to be compiled.
fn everything() -> PackSettings {
    PackSettings {
        excluded_statuses: PackSettings::default().excluded_statuses,
        rfm: Some(RfmSettings::default()),
        cycle: Some(CycleSettings::default()),
        promo: Some(PromoSettings::default()),
        priority: Some(PrioritySettings::default()),
        reach: Some(ReachSettings::default()),
        churn: Some(ChurnSettings::default()),
        activity: Some(ActivitySettings::default()),
        pressure: Some(PressureSettings::default()),
        recommend: Some(RecommendSettings::default()),
        custom: Vec::new(),
    }
}

fn all_exports() -> Relations {
    Relation::ALL.into_iter().fold(Relations::default(), |relations, relation| {
        let columns: Vec<&str> = relation.columns().iter().map(|column| column.name).collect();
        relations.with(relation.name(), &columns)
    })
}

#[cfg(test)]
mod tests;
