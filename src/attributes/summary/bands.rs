//! Customers by the probability that they buy again.

use crate::engine::{EngineError, Session};

use super::{Group, Section};

/// From where a band begins, and what it is called. A customer at 0.5 is as likely gone as not; the outer bands are those
/// where a campaign has little to win, because the customer stays anyway or has left.
const BANDS: [(f64, &str, &str); 4] = [
    (0.8, "0.8 to 1", "0.8 to 1: still a customer"),
    (0.5, "0.5 to 0.8", "0.5 to 0.8: cooling down"),
    (0.2, "0.2 to 0.5", "0.2 to 0.5: about to leave"),
    (0.0, "below 0.2", "below 0.2: most likely gone"),
];

pub(super) fn section(session: &Session) -> Result<Section, EngineError> {
    let [first, second, third, _] = BANDS.map(|(from, _, _)| from);
    let params = [("first_from", first.into()), ("second_from", second.into()), ("third_from", third.into())];
    let counts = session.rows(include_str!("bands.sql"), &params, |row| Ok((row.int(0)?, row.count(1)?)))?;
    Ok(Section { key: "p_alive", title: "Buys again (p_alive)", groups: groups(&counts) })
}

/// All bands, and those of whom the model cannot tell.
fn groups(counts: &[(Option<i64>, u64)]) -> Vec<Group> {
    let count = |band| counts.iter().find(|(found, _)| *found == band).map_or(0, |(_, customers)| *customers);
    let bands = (0..).zip(BANDS);
    let mut groups: Vec<Group> =
        bands.map(|(number, (_, name, label))| Group::new(Some(name), label, count(Some(number)))).collect();
    let unknown = count(None);
    if unknown > 0 {
        groups.push(Group::new(None, "(not known)", unknown));
    }
    groups
}

#[cfg(test)]
mod tests {
    use crate::engine::{Engine, EngineOptions};

    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn a_band_begins_at_its_lower_end() {
        let engine = Engine::open(EngineOptions::default()).await.unwrap();
        let work = |session: &mut Session| {
            session.run_script(
                "create temp table attributes as select * from (values (1.0), (0.8), (0.79), (0.5), (0.2), (0.19), (0.0), \
                 (null)) as t (p_alive)",
            )?;
            section(session)
        };
        let groups = engine.run(work).await.unwrap().groups;
        let rows: Vec<(Option<&str>, u64)> =
            groups.iter().map(|group| (group.name.as_deref(), group.customers)).collect();
        let expected = [
            (Some("0.8 to 1"), 2),
            (Some("0.5 to 0.8"), 2),
            (Some("0.2 to 0.5"), 1),
            (Some("below 0.2"), 2),
            (None, 1),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn bands_go_down_to_nothing_and_their_names_say_where_they_begin() {
        assert!(BANDS.windows(2).all(|pair| pair[0].0 > pair[1].0));
        for (from, name, label) in &BANDS[..3] {
            assert!(name.starts_with(&from.to_string()) && label.starts_with(name));
        }
        assert_eq!((BANDS[3].0, BANDS[3].1), (0.0, "below 0.2"));
    }
}
