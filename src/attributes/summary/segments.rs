//! The sizes of segments, and what they bring.

use crate::engine::{EngineError, Session};

use super::{Group, Section};

/// How many segments are told one by one.
const MOST: i64 = 15;

const REVENUE: &str = "/* revenue */";

/// What a customer paid is known where `rfm` is on.
pub(super) fn section(session: &Session, has_revenue: bool) -> Result<Section, EngineError> {
    let revenue = if has_revenue { "monetary" } else { "cast(null as decimal(24, 4))" };
    let sql = include_str!("segments.sql").replace(REVENUE, revenue);
    let groups = session.rows(&sql, &[("most", MOST.into())], |row| {
        let (name, merged) = (row.text(0)?, row.count(1)?);
        let merged = (merged > 1).then_some(merged);
        let label = match (&name, merged) {
            (_, Some(segments)) => format!("({segments} others)"),
            (Some(name), None) => name.clone(),
            (None, None) => "(none)".to_owned(),
        };
        Ok(Group { name, label, customers: row.count(2)?, revenue_share: row.float(3)?, merged })
    })?;
    Ok(Section { key: "segments", title: "Segments", groups })
}

#[cfg(test)]
mod tests {
    use crate::engine::{Engine, EngineOptions};

    use super::super::super::DUCKDB_DIALECT;
    use super::*;

    /// The groups of so many segments, of which number n has n customers who paid n each.
    async fn groups(segments: u32) -> Vec<Group> {
        let engine = Engine::open(EngineOptions::default()).await.unwrap();
        let work = move |session: &mut Session| {
            session.run_script(DUCKDB_DIALECT)?;
            session.run_script(&format!(
                "create temp table attributes as select 'S' || n as segment, cast(n as decimal(24, 4)) as monetary \
                 from range(1, {segments} + 1) as numbers (n), range(1, {segments} + 1) as customers (c) where c <= n"
            ))?;
            section(session, true)
        };
        engine.run(work).await.unwrap().groups
    }

    #[tokio::test(flavor = "current_thread")]
    async fn what_is_behind_the_largest_segments_comes_as_one() {
        let groups = groups(200).await;
        assert_eq!(groups.len(), 16);
        assert_eq!((groups[0].name.as_deref(), groups[0].customers), (Some("S200"), 200));
        let others = &groups[15];
        assert_eq!((others.name.as_deref(), others.merged, others.customers), (None, Some(185), 185 * 186 / 2));
        assert_eq!(others.label, "(185 others)");
        let revenue: f64 = groups.iter().filter_map(|group| group.revenue_share).sum();
        assert!((revenue - 1.0).abs() < 1e-12, "{revenue}");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_single_segment_behind_them_keeps_its_name() {
        let groups = groups(16).await;
        assert_eq!((groups[15].name.as_deref(), groups[15].merged), (Some("S1"), None));
    }

    #[test]
    fn the_sql_file_has_the_place_to_fill_in() {
        assert!(include_str!("segments.sql").contains(REVENUE));
    }
}
