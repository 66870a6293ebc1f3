//! Why a record is, or is not, in the plan: one customer, followed through the snapshot, the diff and the ledger.
//!
//! Asked after [`stage`](super::stage) of the same sync, whose tables it reads: what it says is what the plan does.

mod record;
mod verdict;

use super::snapshot::{audience_sql, delivered, key_sql, order_sql};
use super::{FieldShape, PlanError, SyncSpec};
use crate::engine::{EngineError, Param, Session};
use crate::ledger::{self, LedgerError, RejectedRow, SyncTables};

pub use record::Held;
pub use verdict::{FieldTrace, Verdict};

/// Where a customer stands in a sync.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Standing {
    /// In the plan, with a request: added, changed or left.
    Sent {
        /// Why: added, changed or left.
        kind: String,
        /// What is done: upsert, delete, `remove_from_lists`.
        operation: String,
    },
    /// Would be in the plan, but the vendor refused the same values before.
    Held,
    /// Wanted, and nothing is worth a request.
    Same,
    /// Left the audience, and the record stays as it is.
    Left,
    /// In the exports, and not in the audience.
    NotInAudience {
        /// The condition, as it was written.
        audience: String,
        /// The columns that it reads, with the customer's values.
        reads: Vec<(String, Option<String>)>,
    },
    /// In the audience, and beyond its limit.
    OutsideLimit {
        /// The limit.
        limit: u64,
        /// The place in the order, from 1.
        place: u64,
    },
    /// In the audience without a key.
    WithoutKey,
    /// Several customers of the audience have the key, so none of them is sent.
    SharedKey {
        /// How many.
        customers: u64,
    },
    /// Several customers of the audience have the key, and another one comes first.
    NotFirstOfSharedKey {
        /// How many.
        customers: u64,
    },
    /// In the ledger, and no longer in the exports or under another key now.
    NotInExports,
}

/// One customer in one sync.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// The customer; none where only the ledger knows the key.
    pub customer_id: Option<String>,
    /// The key; none where the customer has none.
    pub key: Option<String>,
    /// Where the customer stands.
    pub standing: Standing,
    /// Why a customer of the exports counts as having left: not in the audience, or beyond its limit.
    pub because: Option<Standing>,
    /// The mapped fields, in the order of the sync file.
    pub fields: Vec<FieldTrace>,
    /// What the ledger knows of the record; none where nothing was ever sent.
    pub held: Option<Held>,
    /// The refusal that stands, where there is one.
    pub refused: Option<RejectedRow>,
}

/// A customer in the exports.
struct Customer {
    id: String,
    key: Option<String>,
    in_audience: bool,
}

/// Whether the exports know this `customer_id`.
///
/// # Errors
/// [`EngineError`] of the query.
pub fn is_customer(session: &Session, asked: &str) -> Result<bool, EngineError> {
    let sql = "SELECT count(*) FROM attributes WHERE CAST(customer_id AS VARCHAR) = $asked";
    Ok(session.one(sql, &[("asked", asked.into())], |row| row.count(0))? > 0)
}

/// Follows whoever has this key in the sync, or else this `customer_id`. Nobody: an empty list. Several customers may
/// share a key.
///
/// # Errors
/// [`PlanError`] where an expression fails on the rows.
pub fn trace(
    session: &Session,
    spec: &SyncSpec,
    shapes: &[FieldShape],
    tables: &SyncTables,
    asked: &str,
) -> Result<Vec<Trace>, PlanError> {
    let asked_key = if spec.fold_key_case { asked.trim().to_lowercase() } else { asked.trim().to_owned() };
    let mut customers = find(session, spec, "key = $asked", &asked_key)?;
    if customers.is_empty() {
        customers = find(session, spec, "customer_id = $asked", asked)?;
    }
    let tracing = Tracing { session, spec, shapes, tables };
    if customers.is_empty() {
        let gone = tracing.gone(&asked_key)?;
        return Ok(gone.into_iter().collect());
    }
    customers.into_iter().map(|customer| tracing.follow(customer)).collect()
}

fn find(session: &Session, spec: &SyncSpec, condition: &str, asked: &str) -> Result<Vec<Customer>, EngineError> {
    let audience = spec.audience.as_ref().map_or_else(|| "true".to_owned(), audience_sql);
    let sql = format!(
        "SELECT customer_id, key, in_audience FROM (
             SELECT CAST(customer_id AS VARCHAR) AS customer_id, {} AS key, {audience} AS in_audience FROM attributes)
         WHERE {condition} ORDER BY customer_id LIMIT 20",
        key_sql(spec)
    );
    session.rows(&sql, &[("asked", asked.into())], |row| {
        Ok(Customer {
            id: row.text(0)?.unwrap_or_default(),
            key: row.text(1)?,
            in_audience: row.bool(2)?.unwrap_or(false),
        })
    })
}

struct Tracing<'a> {
    session: &'a Session,
    spec: &'a SyncSpec,
    shapes: &'a [FieldShape],
    tables: &'a SyncTables,
}

impl Tracing<'_> {
    fn follow(&self, customer: Customer) -> Result<Trace, PlanError> {
        let Customer { id: customer_id, key, in_audience } = customer;
        let held = key.as_deref().map(|key| record::held(self.session, self.tables, key)).transpose()?.flatten();
        let refused = key.as_deref().map(|key| self.refused(key)).transpose()?.flatten();
        let sharing = key.as_deref().filter(|_| in_audience).map(|key| self.sharing(key)).transpose()?.unwrap_or(0);
        let standing = match &key {
            None if in_audience => Standing::WithoutKey,
            Some(_) if sharing > 1 && !self.spec.keep_first_of_shared_key => Standing::SharedKey { customers: sharing },
            Some(key) if sharing > 1 && !self.is_first(key, &customer_id)? => {
                Standing::NotFirstOfSharedKey { customers: sharing }
            }
            Some(key) => match record::staged(self.session, self.tables, key)? {
                // Somebody else may hold the key within the audience: then the change is theirs.
                Some(standing) if in_audience || !self.is_wanted(key)? => standing,
                _ if !in_audience => self.outside(&customer_id)?,
                _ if self.is_wanted(key)? => Standing::Same,
                _ => self.beyond(&customer_id)?,
            },
            None => self.outside(&customer_id)?,
        };
        let because = match &standing {
            Standing::Sent { kind, .. } if kind != "left" => None,
            Standing::Sent { .. } | Standing::Left if in_audience => Some(self.beyond(&customer_id)?),
            Standing::Sent { .. } | Standing::Left => Some(self.outside(&customer_id)?),
            _ => None,
        };
        let fields = self.fields(Some(&customer_id), key.as_deref(), &standing)?;
        Ok(Trace { customer_id: Some(customer_id), key, standing, because, fields, held, refused })
    }

    /// A key that only the ledger knows.
    fn gone(&self, key: &str) -> Result<Option<Trace>, PlanError> {
        let Some(held) = record::held(self.session, self.tables, key)? else { return Ok(None) };
        let refused = self.refused(key)?;
        let standing = record::staged(self.session, self.tables, key)?.unwrap_or(Standing::NotInExports);
        let fields = self.fields(None, Some(key), &standing)?;
        let (key, held) = (Some(key.to_owned()), Some(held));
        Ok(Some(Trace { customer_id: None, key, standing, because: None, fields, held, refused }))
    }

    fn refused(&self, key: &str) -> Result<Option<RejectedRow>, LedgerError> {
        ledger::rejection(self.session, self.tables.sync_id, key)
    }

    fn is_wanted(&self, key: &str) -> Result<bool, EngineError> {
        let sql = "SELECT count(*) FROM snapshot WHERE key = $key AND NOT conflict";
        Ok(self.session.one(sql, &[("key", key.into())], |row| row.count(0))? > 0)
    }

    /// How many customers of the audience have the key.
    fn sharing(&self, key: &str) -> Result<u64, EngineError> {
        let audience = self.audience();
        let sql = format!("SELECT count(*) FROM attributes WHERE {audience} AND {} = $key", key_sql(self.spec));
        self.session.one(&sql, &[("key", key.into())], |row| row.count(0))
    }

    fn is_first(&self, key: &str, customer_id: &str) -> Result<bool, EngineError> {
        let order = order_sql(self.spec).unwrap_or_else(|| "customer_id".to_owned());
        let sql = format!(
            "SELECT CAST(customer_id AS VARCHAR) FROM attributes WHERE {} AND {} = $key ORDER BY {order} LIMIT 1",
            self.audience(),
            key_sql(self.spec)
        );
        let first = self.session.rows(&sql, &[("key", key.into())], |row| row.text(0))?;
        Ok(first.into_iter().flatten().next().as_deref() == Some(customer_id))
    }

    fn audience(&self) -> String {
        self.spec.audience.as_ref().map_or_else(|| "true".to_owned(), audience_sql)
    }

    fn outside(&self, customer_id: &str) -> Result<Standing, EngineError> {
        let Some(audience) = &self.spec.audience else { return Ok(Standing::WithoutKey) };
        let columns: Vec<String> = audience.columns().iter().cloned().collect();
        let shown: Vec<String> = columns
            .iter()
            .map(|column| format!("CAST({} AS VARCHAR)", crate::engine::quote_identifier(column)))
            .collect();
        let values = if shown.is_empty() {
            Vec::new()
        } else {
            let sql = format!(
                "SELECT {} FROM attributes WHERE CAST(customer_id AS VARCHAR) = $customer LIMIT 1",
                shown.join(", ")
            );
            self.session.one(&sql, &[("customer", customer_id.into())], |row| {
                (0..shown.len()).map(|index| row.text(index)).collect::<Result<Vec<_>, _>>()
            })?
        };
        Ok(Standing::NotInAudience {
            audience: audience.text().trim().to_owned(),
            reads: columns.into_iter().zip(values).collect(),
        })
    }

    fn beyond(&self, customer_id: &str) -> Result<Standing, EngineError> {
        let order = order_sql(self.spec).unwrap_or_else(|| "customer_id".to_owned());
        let sql = format!(
            "SELECT place FROM (
                 SELECT CAST(customer_id AS VARCHAR) AS customer,
                        row_number() OVER (ORDER BY {} IS NULL, {order}) AS place
                 FROM attributes WHERE {})
             WHERE customer = $customer",
            key_sql(self.spec),
            self.audience()
        );
        let place = self.session.one(&sql, &[("customer", customer_id.into())], |row| row.count(0))?;
        Ok(Standing::OutsideLimit { limit: self.spec.limit.unwrap_or_default(), place })
    }

    /// Each field: the value now, the confirmed one, and what comes of the two.
    fn fields(
        &self,
        customer_id: Option<&str>,
        key: Option<&str>,
        standing: &Standing,
    ) -> Result<Vec<FieldTrace>, EngineError> {
        let id = self.tables.sync_id;
        let columns: Vec<String> = self
            .tables
            .fields
            .iter()
            .zip(&self.spec.fields)
            .zip(self.shapes)
            .map(|((column, field), shape)| {
                let n = column.column_no;
                let now = delivered(field, shape);
                let waits = format!(
                    "EXISTS (SELECT 1 FROM staged_held_values WHERE sync_id = {id} AND column_no = {n} AND key = $key
                             AND NOT released)"
                );
                let taken =
                    format!("EXISTS (SELECT 1 FROM occupied WHERE sync_id = {id} AND column_no = {n} AND key = $key)");
                format!(
                    ", CAST({now} AS VARCHAR), CAST(l.v{n} AS VARCHAR), l.k{n}, {now} IS NOT DISTINCT FROM l.v{n},
                     coalesce(t.c{n}, false), {waits}, {taken},
                     l.r{n}, (SELECT started_at FROM run_log WHERE run_id = l.r{n})"
                )
            })
            .collect();
        // A row in any case: who is only in the exports has no confirmed side, who is only in the ledger no other one.
        let sql = format!(
            "SELECT coalesce(l.first_run, 0) > 0, coalesce(l.present, false){} FROM (SELECT 1) AS one
             LEFT JOIN (SELECT * FROM attributes WHERE CAST(customer_id AS VARCHAR) = $customer LIMIT 1) AS a ON true
             LEFT JOIN (SELECT * FROM {} WHERE key = $key) AS l ON true
             LEFT JOIN (SELECT * FROM {} WHERE key = $key) AS t ON true",
            columns.concat(),
            self.tables.confirmed(),
            self.tables.staged()
        );
        let params = [("customer", Param::from(customer_id)), ("key", Param::from(key))];
        self.session.one(&sql, &params, |row| {
            let is_known = row.bool(0)?.unwrap_or(false);
            let comes_back = !row.bool(1)?.unwrap_or(false) && self.spec.has_lists;
            let mut fields = Vec::with_capacity(self.spec.fields.len());
            for (index, field) in self.spec.fields.iter().enumerate() {
                let at = 2 + 9 * index;
                let facts = verdict::Facts {
                    now: row.text(at)?,
                    confirmed: row.text(at + 1)?,
                    known: row.bool(at + 2)?,
                    is_same: row.bool(at + 3)?.unwrap_or(false),
                    is_sent: row.bool(at + 4)?.unwrap_or(false),
                    is_waiting: row.bool(at + 5)?.unwrap_or(false),
                    is_taken: row.bool(at + 6)?.unwrap_or(false),
                    is_known_record: is_known,
                };
                fields.push(FieldTrace {
                    name: field.name.clone(),
                    reads: field.value.columns().iter().cloned().collect(),
                    verdict: verdict::of(field, &facts, standing),
                    now: facts.now.filter(|_| customer_id.is_some()),
                    confirmed: facts.confirmed,
                    known: facts.known,
                    confirmed_run: row.int(at + 7)?.and_then(|run| u64::try_from(run).ok()),
                    confirmed_at: row.timestamp(at + 8)?,
                });
            }
            if is_known && !comes_back {
                verdict::leave_open(&mut fields, &self.spec.fields);
            }
            Ok(fields)
        })
    }
}
