//! The history of segments: in which segment each customer is, since when, and which was the one before.
//!
//! * **Promise**: one history a ledger, by the exports' `customer_id`, moved by one transaction a run. Who is found in
//!   another segment has entered it on the date of as_of; who is missing is gone, is kept with the last day seen for a
//!   year, and enters anew when coming back, with no previous segment. `previous_segment` never equals `segment`.
//! * **Inputs**: the temporary table `attributes` with the columns of the pack `segment_history`, computed over the
//!   relations that [`bind_segments`] hands down; as_of; and a fingerprint of the rules.
//! * **Outputs**: the documented view `segment_history`, the relations `segments_before` and `segments_known` for the
//!   next run, and the [`SegmentMoves`] since the last one.
//! * **Errors**: those of the engine.
//!
//! # What moves it
//! A run that delivers: `sync` once at least one of its syncs is past the guards and before the first batch goes out,
//! so that what is delivered and what is kept agree even where the run is killed. A run whose syncs are all guarded
//! moves nothing, because its exports are under suspicion; one whose destination fails moves it, because customers move
//! whether or not a vendor listens. `plan` computes, and stages what [`keep_segments`] will do; `apply` does it, unless
//! another run has been here in between. Nothing else writes here.
//!
//! # What does not
//! - The same run again: whoever is in the segment of the history has not moved.
//! - An earlier as_of than the last one, which would rewrite what is known: nothing is staged.
//! - Other rules: moves between their segments and the old ones would be moves of the rules. Everybody starts anew.
//!
//! Only differences are staged and written, so that a quiet night costs one join.

use chrono::{DateTime, Utc};
use fail::fail_point;

use super::LedgerError;
use crate::engine::{EngineError, Session, quote_literal};

/// Customers of one segment who are in another now.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SegmentMove {
    /// The segment before; none for who was not there.
    pub from: Option<String>,
    /// The segment now; none for who is gone.
    pub to: Option<String>,
    /// How many. Where `from` and `to` are the same, they stayed.
    pub customers: u64,
}

/// What became of the segments of the last run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SegmentMoves {
    /// No run has kept segments yet.
    NoHistory,
    /// The rules are others than those of the last run.
    OtherRules {
        /// The as_of of the last run.
        since: DateTime<Utc>,
    },
    /// The last run was for a later time.
    Later {
        /// The as_of of the last run.
        since: DateTime<Utc>,
    },
    /// One entry for each pair of segments, most customers first.
    Since {
        /// The as_of of the last run.
        since: DateTime<Utc>,
        /// Who stayed among them.
        moves: Vec<SegmentMove>,
    },
}

/// Where the history stands.
struct Kept {
    as_of: DateTime<Utc>,
    rules: String,
}

/// Hands the history down to the attributes: `segments_before`, which is empty where the rules are others, and
/// `segments_known`. Nothing where this database is no ledger.
///
/// # Errors
/// [`EngineError`] of the statements.
pub fn bind_segments(session: &Session, rules: &str) -> Result<(), EngineError> {
    if !session.has_relation("segment_state")? {
        return Ok(());
    }
    session.run_script(&include_str!("segments/bind.sql").replace("{rules}", &quote_literal(rules)))
}

/// Stages what the run will change in the history, in place of what was staged before. Nothing, where the history goes
/// beyond `as_of`.
///
/// # Errors
/// [`LedgerError::Engine`]; then nothing is staged anew.
pub fn stage_segments(
    session: &mut Session,
    run_id: i64,
    as_of: DateTime<Utc>,
    rules: &str,
) -> Result<(), LedgerError> {
    session.transaction(|session| {
        session.run_script(include_str!("segments/unstage.sql"))?;
        if kept(session)?.is_some_and(|kept| kept.as_of > as_of) {
            return Ok(());
        }
        let staged = [("run_id", run_id.into()), ("as_of", as_of.into()), ("rules", rules.into())];
        session.execute("INSERT INTO staged_segments_run VALUES ($run_id, $as_of, $rules)", &staged)?;
        Ok(session.run_script(include_str!("segments/stage.sql"))?)
    })
}

/// Does what run `run_id` has staged. Nothing, where it staged nothing, or another run has staged since.
///
/// # Errors
/// [`LedgerError::Engine`]; then the history is as it was.
pub fn keep_segments(session: &mut Session, run_id: i64) -> Result<(), LedgerError> {
    session.transaction(|session| {
        let sql = "SELECT count(*) FROM staged_segments_run WHERE run_id = $run_id";
        if session.one(sql, &[("run_id", run_id.into())], |row| row.count(0))? > 0 {
            session.run_script(include_str!("segments/keep.sql"))?;
            fail_point!("keeping-segments", |_| std::process::abort());
            session.run_script(include_str!("segments/unstage.sql"))?;
        }
        Ok(())
    })
}

/// Compares the segments of `attributes` with the history. One entry a pair of segments, never one a customer.
///
/// # Errors
/// [`EngineError`] of the query.
pub fn segment_moves(session: &Session, as_of: DateTime<Utc>, rules: &str) -> Result<SegmentMoves, EngineError> {
    let kept = if session.has_relation("segment_state")? { kept(session)? } else { None };
    let Some(kept) = kept else { return Ok(SegmentMoves::NoHistory) };
    let since = kept.as_of;
    if since > as_of {
        return Ok(SegmentMoves::Later { since });
    }
    if kept.rules != rules {
        return Ok(SegmentMoves::OtherRules { since });
    }
    let moves = session.rows(include_str!("segments/moves.sql"), &[], |row| {
        Ok(SegmentMove { from: row.text(0)?, to: row.text(1)?, customers: row.count(2)? })
    })?;
    Ok(SegmentMoves::Since { since, moves })
}

fn kept(session: &Session) -> Result<Option<Kept>, EngineError> {
    let rows = session.rows("SELECT as_of, rules FROM segment_state", &[], |row| {
        Ok((row.timestamp(0)?, row.text(1)?.unwrap_or_default()))
    })?;
    Ok(rows.into_iter().find_map(|(as_of, rules)| Some(Kept { as_of: as_of?, rules })))
}
