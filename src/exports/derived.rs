//! Relations that no export gives, made of one that does: orders of their lines, messages of their events.

use super::bind::{given, refuse_too_many, report};
use super::checks::Checked;
use super::{Export, ExportError, Relation, RelationReport};
use crate::engine::{EngineError, Session, quote_identifier};

/// A relation that can be made of another one.
pub(super) struct Derived {
    relation: Relation,
    from: Relation,
    sql: &'static str,
    /// The time that tells how far the relation reaches.
    time: &'static str,
    /// Why one of them is set aside: its rows disagree on whose it is.
    disputed: &'static str,
}

const DERIVED: [Derived; 2] = [
    Derived {
        relation: Relation::Orders,
        from: Relation::OrderLines,
        sql: include_str!("orders_from_lines.sql"),
        time: "ordered_at",
        disputed: "lines of several customers",
    },
    Derived {
        relation: Relation::Messages,
        from: Relation::MessageEvents,
        sql: include_str!("messages_from_events.sql"),
        time: "sent_at",
        disputed: "events of several customers",
    },
];

/// How to make `relation`, and of which export, where no export gives it and one can stand in.
pub(super) fn derived(exports: &[Export], relation: Relation) -> Option<(&'static Derived, &Export)> {
    let derived = DERIVED.iter().find(|derived| derived.relation == relation)?;
    let from = given(exports, derived.from)?;
    given(exports, relation).is_none().then_some((derived, from))
}

impl Derived {
    /// Makes the relation, and tells what was set aside: what belongs to nobody for certain.
    pub(super) fn bind(&self, session: &Session, allowed_pct: f64) -> Result<RelationReport, ExportError> {
        let (checked, time) = (self.checked(), self.time);
        let counts = format!(
            "SELECT count(*), count(*) FILTER (WHERE several_customers),
                    min({time}) FILTER (WHERE NOT several_customers),
                    max({time}) FILTER (WHERE NOT several_customers)
             FROM {checked}"
        );
        let derive = || {
            self.publish(session)?;
            session
                .one(&counts, &[], |row| Ok((row.count(0)?, row.count(1)?, row.timestamp(2)?.zip(row.timestamp(3)?))))
        };
        let (rows, disputed, time_range) =
            derive().map_err(|source| ExportError::Engine { relation: self.relation.name(), source })?;
        let problems = if disputed > 0 { vec![(self.disputed.to_owned(), disputed)] } else { Vec::new() };
        let report = report(self.relation, 0, Checked { rows, problems, time_range, ..Checked::default() }, 0);
        // The limit is that of the export which the rows come from.
        refuse_too_many(&RelationReport { relation: self.from.name(), ..report.clone() }, allowed_pct)?;
        Ok(report)
    }

    /// Makes the relation itself.
    pub(super) fn publish(&self, session: &Session) -> Result<(), EngineError> {
        let (name, checked) = (self.relation.name(), self.checked());
        session.run_script(&format!("CREATE OR REPLACE TEMP TABLE {checked} AS {}", self.sql))?;
        session.run_script(&format!(
            "CREATE OR REPLACE TEMP VIEW {name} AS
             SELECT * EXCLUDE (several_customers) FROM {checked} WHERE NOT several_customers"
        ))
    }

    fn checked(&self) -> String {
        quote_identifier(&format!("{} checked", self.relation.name()))
    }
}
