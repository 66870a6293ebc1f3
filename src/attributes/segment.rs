//! The pack `segment`: the one segment of each customer, by the rules of [`crate::segments`].

use std::collections::BTreeSet;

use crate::segments::{Rules, SegmentRule};

use super::about::{About, PackParameter};
use super::joined::{Source, select_joined};
use super::pack::{AttributeColumn, Context, Pack, Problem, Relations};
use super::plan::independent_packs;
use super::settings::AttributeSettings;
use super::sql::step;
use super::step::Step;

/// The rules, and the packs whose columns they can mention.
pub(super) struct SegmentPack {
    pub(super) rules: Rules,
    pub(super) sources: Vec<Source>,
}

impl Pack for SegmentPack {
    fn name(&self) -> &'static str {
        "segment"
    }

    fn about(&self) -> About {
        About {
            title: "Segments",
            text: "The one segment of each customer. A preset names them by the scores of `rfm` (`classic` where there are \
                   5, `grid6` where there are 6), or rules of your own do, over any attribute; they are tried in this \
                   order, and the first that takes a customer decides.",
            table: "[[segments]]",
        }
    }

    fn parameters(&self) -> Vec<PackParameter> {
        super::about::parameters::<SegmentRule>()
    }

    /// Rules are checked when they are made.
    fn check(&self, _: &Relations) -> Vec<Problem> {
        Vec::new()
    }

    fn columns(&self, _: &Relations) -> Vec<AttributeColumn> {
        let column = AttributeColumn::new(
            "segment",
            "VARCHAR",
            "The segment of the customer.",
            "the first rule that matches, else the fallback",
        );
        vec![column.values(self.rules.told()).known()]
    }

    fn steps(&self, context: &Context<'_>) -> Vec<Step> {
        let sql = format!(
            "-- segment: the first rule that matches, else the fallback.\nselect\n    customer_id,\n    {} as segment\nfrom (\n{}) as attributes\n",
            self.rules.case_expression(),
            select_joined(&self.mentioned())
        );
        vec![step(&self.relation(), &sql, context, Vec::new())]
    }
}

impl SegmentPack {
    /// The packs, cut down to the columns that rules mention: most rules need the scores alone.
    fn mentioned(&self) -> Vec<Source> {
        let words: BTreeSet<String> = self.rules.words();
        let mut sources = self.sources.clone();
        for source in &mut sources {
            source.columns.retain(|column| words.contains(&column.name));
        }
        sources.retain(|source| !source.columns.is_empty());
        sources
    }
}

/// What decides the segment of a customer, apart from the customer's own data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentBasis {
    /// The rules and the fallback, as SQL.
    pub rules: String,
    /// The packs whose columns the rules read, by name.
    pub packs: BTreeSet<&'static str>,
    /// The words in the rules, columns among them.
    pub words: BTreeSet<String>,
}

/// What decides segments; none where there are no rules, or where they cannot be used.
pub fn segment_basis(settings: &AttributeSettings, has: &Relations) -> Option<SegmentBasis> {
    let rules = settings.rules().ok().filter(|rules| !rules.is_empty())?;
    let words = rules.words();
    let is_read = |pack: &dyn Pack| pack.columns(has).iter().any(|column| words.contains(&column.name));
    let packs = independent_packs(settings, has);
    let packs = packs.iter().filter(|pack| is_read(pack.as_ref())).map(|pack| pack.name()).collect();
    Some(SegmentBasis { rules: rules.case_expression(), packs, words })
}
