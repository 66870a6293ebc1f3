//! From settings to steps.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::base::population;
use super::custom::{self, CustomPack};
use super::cycle_by_category::CycleByCategory;
use super::joined::{Source, select_joined};
use super::pack::{AttributeColumn, Context, Pack, PackQuery, Problem, Relations};
use super::promo::PromoSettings;
use super::segment::SegmentPack;
use super::segment_history::SegmentHistoryPack;
use super::settings::AttributeSettings;
use super::sql::query;
use super::step::Step;

/// The steps to take, and what they deliver.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What makes the relations of the packs, in the order to take them.
    pub steps: Vec<Step>,
    /// The query that makes `attributes` of those.
    pub joined: PackQuery,
    /// The columns of `attributes`, in order, `customer_id` first.
    pub columns: Vec<AttributeColumn>,
}

impl Plan {
    /// The columns that the named ones are made of, and these themselves, in the order of `attributes`: those that a
    /// formula names, and those that theirs name.
    pub fn behind<'a>(&'a self, named: impl IntoIterator<Item = &'a str>) -> Vec<&'a AttributeColumn> {
        let mut wanted: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = named.into_iter().collect();
        while let Some(name) = open.pop() {
            let Some(column) = self.columns.iter().find(|column| column.name == name) else { continue };
            if name == "segment" {
                // Its formula names no column, for every rule has its own; most go by these.
                open.extend(["r_score", "f_score", "m_score", "fxm_score"]);
            }
            if wanted.insert(&column.name) {
                open.extend(column.formula.split(|c: char| !c.is_alphanumeric() && c != '_'));
            }
        }
        self.columns.iter().filter(|column| wanted.contains(column.name.as_str())).collect()
    }
}

/// Attribute settings that cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct InvalidAttributes {
    /// Everything that is wrong, at least one thing.
    pub problems: Vec<Problem>,
}

/// Plans the attributes of a run.
///
/// # Errors
/// Settings out of range, segment rules that cannot be used, exports that a pack needs and does not have.
pub fn plan(settings: &AttributeSettings, has: &Relations, as_of: DateTime<Utc>) -> Result<Plan, InvalidAttributes> {
    let mut problems = Vec::new();
    let rules = settings.rules().map_err(|found| problems.extend(found)).ok();
    let mut packs = independent_packs(settings, has);
    problems.extend(packs.iter().flat_map(|pack| pack.check(has)));
    problems.extend(settings.check_together(rules.as_ref()));
    if !has.has("customers") && !has.has("orders") {
        problems.push(Problem::new("exports", "have neither customers nor orders", "add [exports.orders]"));
    }
    if !problems.is_empty() {
        return Err(InvalidAttributes { problems });
    }
    // What reads other packs comes after them.
    if let Some(rules) = rules.filter(|rules| !rules.is_empty()) {
        packs.push(Box::new(SegmentPack { rules, sources: sources(&packs, has) }));
        packs.push(Box::new(SegmentHistoryPack));
    }
    if let Some(priority) = &settings.attributes.priority {
        packs.push(Box::new(*priority));
    }
    if let Some(activity) = settings.attributes.activity.as_ref().filter(|activity| activity.reads_segments()) {
        packs.push(Box::new(activity.clone()));
    }
    let min_depth = settings.attributes.promo.as_ref().map(PromoSettings::min_depth_millionths);
    let others: Vec<AttributeColumn> =
        packs.iter().filter(|pack| pack.name() != "custom").flat_map(|pack| pack.columns(has)).collect();
    let collisions = custom::collisions(&settings.attributes.custom, &others);
    if !collisions.is_empty() {
        return Err(InvalidAttributes { problems: collisions });
    }
    let context = Context {
        as_of,
        has,
        excluded_statuses: &settings.attributes.excluded_statuses,
        min_depth_millionths: min_depth.unwrap_or_else(|| PromoSettings::default().min_depth_millionths()),
    };
    Ok(assemble(&packs, &context))
}

/// The packs that read exports alone.
pub(super) fn independent_packs<'a>(settings: &'a AttributeSettings, has: &Relations) -> Vec<Box<dyn Pack + 'a>> {
    let tables = &settings.attributes;
    let mut packs: Vec<Box<dyn Pack + 'a>> = Vec::new();
    if let Some(rfm) = &tables.rfm {
        packs.push(Box::new(rfm.clone()));
    }
    if let Some(cycle) = &tables.cycle {
        packs.push(Box::new(cycle.clone()));
        if CycleByCategory(cycle).is_wanted(has) {
            packs.push(Box::new(CycleByCategory(cycle)));
        }
    }
    if let Some(promo) = &tables.promo {
        packs.push(Box::new(promo.clone()));
    }
    if let Some(reach) = &tables.reach {
        packs.push(Box::new(reach.clone()));
    }
    if let Some(churn) = &tables.churn {
        packs.push(Box::new(*churn));
    }
    if let Some(activity) = tables.activity.as_ref().filter(|activity| !activity.reads_segments()) {
        packs.push(Box::new(activity.clone()));
    }
    if let Some(pressure) = &tables.pressure {
        packs.push(Box::new(pressure.clone()));
    }
    if let Some(recommend) = &tables.recommend {
        packs.push(Box::new(recommend.clone()));
    }
    if !tables.custom.is_empty() {
        packs.push(Box::new(CustomPack(&tables.custom)));
    }
    packs
}

fn sources(packs: &[Box<dyn Pack + '_>], has: &Relations) -> Vec<Source> {
    packs.iter().map(|pack| Source { relation: pack.relation(), columns: pack.columns(has) }).collect()
}

fn assemble(packs: &[Box<dyn Pack + '_>], context: &Context<'_>) -> Plan {
    let mut steps = vec![population(context)];
    let mut made = BTreeSet::new();
    for shared in packs.iter().flat_map(|pack| pack.steps(context)) {
        if made.insert(shared.relation().to_owned()) {
            steps.push(shared);
        }
    }
    let sources = sources(packs, context.has);
    let joined = query("attributes", &select_joined(&sources), context, Vec::new());
    let key = AttributeColumn::new("customer_id", "VARCHAR", "The customer.", "as exported").known();
    let columns = [key].into_iter().chain(sources.into_iter().flat_map(|source| source.columns)).collect();
    Plan { steps, joined, columns }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(toml: &str, has: &Relations) -> Result<Plan, InvalidAttributes> {
        plan(&toml::from_str(toml).unwrap(), has, DateTime::UNIX_EPOCH)
    }

    fn orders() -> Relations {
        Relations::default().with("orders", &["order_id", "customer_id", "ordered_at", "net_amount"])
    }

    fn queries(plan: &Plan) -> Vec<&PackQuery> {
        let queries = plan.steps.iter().filter_map(|step: &Step| match step {
            Step::Query(query) => Some(query),
            Step::Calculation(_) => None,
        });
        queries.chain([&plan.joined]).collect()
    }

    fn relations(plan: &Plan) -> Vec<&str> {
        plan.steps.iter().map(Step::relation).collect()
    }

    #[test]
    fn an_attribute_stands_on_those_that_its_formula_names() {
        let plan = planned("[attributes.cycle]\n[attributes.rfm]", &orders()).unwrap();
        let behind = |name| plan.behind([name]).into_iter().map(|column| column.name.as_str()).collect::<Vec<_>>();
        assert_eq!(behind("r_score"), ["last_order_at", "r_score"]);
        assert_eq!(behind("cycle_status"), ["purchase_days", "cycle_days", "lateness_ratio", "cycle_status"]);
        assert_eq!(behind("email"), Vec::<&str>::new());
    }

    #[test]
    fn packs_come_in_the_order_of_what_they_read_and_share_their_base() {
        let toml = "[attributes.priority]\n[attributes.promo]\n[attributes.cycle]\n[attributes.rfm]";
        let plan = planned(toml, &orders()).unwrap();
        assert_eq!(
            relations(&plan),
            [
                "population",
                "customer_orders",
                "attributes_rfm",
                "attributes_cycle",
                "attributes_promo",
                "attributes_segment",
                "attributes_segment_history",
                "attributes_priority"
            ]
        );
    }

    #[test]
    fn only_packs_with_a_table_are_calculated() {
        let plan = planned("[attributes.cycle]", &orders()).unwrap();
        assert_eq!(relations(&plan), ["population", "attributes_cycle"]);
    }

    #[test]
    fn every_parameter_of_the_sql_is_bound_once_and_no_other() {
        let toml = "[attributes.rfm]\nwindow_days = 365\n[attributes.cycle]\nmethod = \"median\"\n\
                    categories = [\"Beef\"]\n[attributes.promo]\n[attributes.reach]\n[attributes.priority]\n\
                    [attributes.churn]\n[attributes.activity]\n[attributes.pressure]\n[attributes.recommend]\n\
                    [[attributes.custom]]\nname = \"n\"\nrelation = \"events\"\naggregate = \"count(*)\"\n\
                    window_days = 9";
        let has = orders()
            .with("customers", &["customer_id", "email"])
            .with("order_lines", &["category"])
            .with("messages", &["channel", "unsubscribed_at"])
            .with("products", &["product_id", "category"])
            .with("events", &["customer_id"]);
        for query in queries(&planned(toml, &has).unwrap()) {
            let mut mentioned: Vec<&str> = query
                .sql
                .split('$')
                .skip(1)
                .filter_map(|after| after.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next())
                .collect();
            mentioned.sort_unstable();
            mentioned.dedup();
            let mut bound: Vec<&str> = query.parameters.iter().map(|(name, _)| name.as_str()).collect();
            bound.sort_unstable();
            assert_eq!(mentioned, bound, "{}", query.relation);
        }
    }

    #[test]
    fn a_recent_rfm_has_orders_of_its_own() {
        let plan = planned("[attributes.rfm]\nwindow_days = 365\n[attributes.promo]", &orders()).unwrap();
        assert_eq!(relations(&plan)[1..3], ["attributes_rfm", "customer_orders"]);
        let queries = queries(&plan);
        assert!(queries[1].sql.contains("from recent_orders"));
        assert!(!queries[2].sql.contains("from recent_orders"));
    }

    #[test]
    fn priority_without_rfm_or_segments_is_refused() {
        let problem = |toml| planned(toml, &orders()).unwrap_err().problems.remove(0).hint;
        assert_eq!(problem("[attributes.priority]"), "add [attributes.rfm]");
        assert!(problem("[attributes.rfm]\nbins = 4\n[attributes.priority]").contains("[[segments]]"));
    }

    #[test]
    fn all_problems_are_reported_together() {
        let toml = "[attributes.rfm]\nbins = 1\n[attributes.promo]\nmin_orders = 0\n[attributes.reach]";
        assert_eq!(planned(toml, &orders()).unwrap_err().problems.len(), 3);
    }

    #[test]
    fn no_two_columns_have_the_same_name() {
        let toml = "[attributes.rfm]\n[attributes.cycle]\n[attributes.promo]\n[attributes.reach]\n[attributes.priority]\n\
             [attributes.churn]\n[attributes.activity]\n[attributes.pressure]\n[attributes.recommend]";
        let has = orders().with("customers", &["email"]).with("order_lines", &["category"]);
        let has = has.with("products", &[]).with("messages", &[]);
        let columns = planned(toml, &has).unwrap().columns;
        let names: BTreeSet<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names.len(), columns.len());
    }

    #[test]
    fn segments_join_only_the_packs_that_rules_mention() {
        let plan = planned("[attributes.rfm]\n[attributes.cycle]", &orders()).unwrap();
        let segment = queries(&plan).into_iter().find(|query| query.relation == "attributes_segment").unwrap();
        assert!(segment.sql.contains("attributes_rfm.\"r_score\""));
        assert!(!segment.sql.contains("attributes_cycle"));
    }
}
