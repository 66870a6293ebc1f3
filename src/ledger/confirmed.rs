//! The confirmed state of a sync: registering it, and migrating it when the sync file changes.

use super::recovery::{drop_unsent, refuse_under_way};
use super::{LedgerError, views};
use crate::engine::{EngineError, Session, quote_literal};

/// What makes a sync the same sync. Its name finds it; the rest must not move under what was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncIdentity {
    /// The name in the sync file.
    pub name: String,
    /// The destination's name.
    pub destination: String,
    /// The account behind that name: connector, and sandbox, host or folder. What one account has confirmed says nothing
    /// about another, so each has a ledger of its own.
    pub account: String,
    /// The vendor's object.
    pub object: String,
    /// The destination's key field.
    pub key_field: String,
    /// The SQL expression of the key.
    pub key_expression: String,
    /// The lists that every record joins, by the names of the sync file.
    pub lists: Vec<String>,
}

/// A field and its column in the tables of its sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldColumn {
    /// The n of `v<n>`, `k<n>`, `r<n>` and `c<n>`.
    pub column_no: i64,
    /// The destination's name of the field.
    pub name: String,
    /// The SQL type of its values.
    pub sql_type: String,
}

/// The tables of a sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncTables {
    /// The number of the sync in the ledger.
    pub sync_id: i64,
    /// The fields, in the order asked for.
    pub fields: Vec<FieldColumn>,
}

impl SyncTables {
    /// The table of the confirmed state.
    pub fn confirmed(&self) -> String {
        format!("confirmed_{}", self.sync_id)
    }

    /// The table of the staged plan.
    pub fn staged(&self) -> String {
        format!("staged_{}", self.sync_id)
    }
}

/// What a change of the sync file did to the tables of a sync.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migration {
    /// Fields that are new: they alone are sent for all rows.
    pub added: Vec<String>,
    /// Fields that are no longer mapped: nothing is sent.
    pub removed: Vec<String>,
    /// Fields whose type changed: they are sent again for all rows.
    pub retyped: Vec<String>,
    /// Lists that are new: every record is sent once more, to join them.
    pub lists: Vec<String>,
}

/// Finds the sync in the ledger or enters it, and brings its columns to `fields` (name and SQL type).
///
/// # Errors
/// [`LedgerError::Moved`] where key, destination or object are others than before; [`LedgerError::UnderWay`] where an
/// earlier run of the sync has not been picked up: its plan is folded into the columns that it was made for.
pub fn register(
    session: &mut Session,
    identity: &SyncIdentity,
    fields: &[(String, String)],
) -> Result<(SyncTables, Migration), LedgerError> {
    session.transaction(|session| {
        let sync_id = match find(session, identity)? {
            Some(sync_id) => sync_id,
            None => enter(session, identity)?,
        };
        refuse_under_way(session, sync_id)?;
        let (fields, mut migration) = migrate(session, sync_id, fields)?;
        migration.lists = migrate_lists(session, sync_id, &identity.lists)?;
        if migration != Migration::default() {
            // A plan that was staged for other columns is of no use any more.
            drop_unsent(session, sync_id)?;
            views::refresh(session)?;
        }
        Ok((SyncTables { sync_id, fields }, migration))
    })
}

/// Finds the sync in the ledger as it is, with the fields that it has there; none where it is not known.
///
/// # Errors
/// As [`register`].
pub fn look_up(session: &Session, identity: &SyncIdentity) -> Result<Option<SyncTables>, LedgerError> {
    let Some(sync_id) = find(session, identity)? else { return Ok(None) };
    refuse_under_way(session, sync_id)?;
    Ok(Some(SyncTables { sync_id, fields: known_fields(session, sync_id)? }))
}

fn find(session: &Session, identity: &SyncIdentity) -> Result<Option<i64>, LedgerError> {
    let sql = "SELECT sync_id, destination, object, key_field, key_expression FROM syncs
               WHERE name = $name AND account = $account";
    let known = session.rows(
        sql,
        &[("name", identity.name.as_str().into()), ("account", identity.account.as_str().into())],
        |row| {
            let text = |index| Ok::<_, EngineError>(row.text(index)?.unwrap_or_default());
            Ok((row.int(0)?.unwrap_or_default(), [text(1)?, text(2)?, text(3)?, text(4)?]))
        },
    )?;
    let Some((sync_id, was)) = known.into_iter().next() else { return Ok(None) };
    let is = [&identity.destination, &identity.object, &identity.key_field, &identity.key_expression];
    let names = ["destination", "object", "key field", "key expression"];
    for ((was, is), what) in was.into_iter().zip(is).zip(names) {
        if &was != is {
            return Err(LedgerError::Moved { sync: identity.name.clone(), what, was, is: is.clone() });
        }
    }
    Ok(Some(sync_id))
}

fn enter(session: &Session, identity: &SyncIdentity) -> Result<i64, EngineError> {
    let sync_id = session.one("SELECT coalesce(max(sync_id), 0) + 1 FROM syncs", &[], |row| row.int(0))?.unwrap_or(1);
    session.execute(
        "INSERT INTO syncs VALUES ($sync_id, $name, $destination, $account, $object, $key_field, $key_expression, $lists)",
        &[
            ("sync_id", sync_id.into()),
            ("name", identity.name.as_str().into()),
            ("destination", identity.destination.as_str().into()),
            ("account", identity.account.as_str().into()),
            ("object", identity.object.as_str().into()),
            ("key_field", identity.key_field.as_str().into()),
            ("key_expression", identity.key_expression.as_str().into()),
            ("lists", as_json(&identity.lists).into()),
        ],
    )?;
    session.run_script(&format!(
        "CREATE TABLE confirmed_{sync_id} (key VARCHAR NOT NULL, present BOOLEAN, first_run BIGINT NOT NULL, \
         last_run BIGINT NOT NULL)"
    ))?;
    views::refresh(session)?;
    Ok(sync_id)
}

/// Notes the lists of a sync. Where one is new, nobody is on it yet: nobody counts as present until sent once more.
/// Records stay on a list that is taken out of the sync file.
fn migrate_lists(session: &Session, sync_id: i64, wanted: &[String]) -> Result<Vec<String>, EngineError> {
    let sql = "SELECT lists FROM syncs WHERE sync_id = $sync_id";
    let known = session.one(sql, &[("sync_id", sync_id.into())], |row| row.text(0))?.unwrap_or_default();
    let lists = as_json(wanted);
    if known == lists {
        return Ok(Vec::new());
    }
    let known: Vec<String> = serde_json::from_str(&known).unwrap_or_default();
    let new: Vec<String> = wanted.iter().filter(|list| !known.contains(list)).cloned().collect();
    if !new.is_empty() {
        session.run_script(&format!("UPDATE confirmed_{sync_id} SET present = NULL WHERE present"))?;
    }
    let update = "UPDATE syncs SET lists = $lists WHERE sync_id = $sync_id";
    session.execute(update, &[("lists", lists.into()), ("sync_id", sync_id.into())])?;
    Ok(new)
}

fn as_json(lists: &[String]) -> String {
    let mut sorted = lists.to_vec();
    sorted.sort();
    serde_json::Value::from(sorted).to_string()
}

fn migrate(
    session: &Session,
    sync_id: i64,
    wanted: &[(String, String)],
) -> Result<(Vec<FieldColumn>, Migration), EngineError> {
    let known = known_fields(session, sync_id)?;
    let mut migration = Migration::default();
    let mut fields = Vec::with_capacity(wanted.len());
    for (name, sql_type) in wanted {
        let was = known.iter().find(|field| field.name == *name);
        fields.push(match was {
            Some(was) if was.sql_type == *sql_type => was.clone(),
            Some(_) => {
                migration.retyped.push(name.clone());
                add_field(session, sync_id, name, sql_type)?
            }
            None => {
                migration.added.push(name.clone());
                add_field(session, sync_id, name, sql_type)?
            }
        });
    }
    for field in known.iter().filter(|field| !fields.contains(field)) {
        if !migration.retyped.contains(&field.name) {
            migration.removed.push(field.name.clone());
        }
        drop_field(session, sync_id, field.column_no)?;
    }
    Ok((fields, migration))
}

/// Other columns of the same name are of another type, and may have been written before or since. Where one of them held a
/// value, the new one knows that there is one, but not which; and that one, should its type ever come back, no longer
/// knows what is written over it now.
fn doubt(session: &Session, sync_id: i64, name: &str, new: i64) -> Result<(), EngineError> {
    let others = "SELECT column_no FROM sync_fields
                  WHERE sync_id = $sync_id AND name = $name AND column_no <> $new ORDER BY column_no";
    let params = [("sync_id", sync_id.into()), ("name", name.into()), ("new", new.into())];
    let others = session.rows(others, &params, |row| Ok(row.int(0)?.unwrap_or_default()))?;
    others.into_iter().try_for_each(|old| {
        // A value that is known in the new column, and not in the old one, was confirmed after it.
        session.run_script(&format!(
            "ALTER TABLE confirmed_{sync_id} ALTER COLUMN k{new} TYPE BOOLEAN
                 USING CASE WHEN k{old} OR (k{old} IS NOT NULL AND k{new} IS NULL) THEN false ELSE k{new} END;
             ALTER TABLE confirmed_{sync_id} ALTER COLUMN k{old} TYPE BOOLEAN
                 USING CASE WHEN k{old} IS NOT NULL THEN false END;"
        ))
    })
}

/// The fields of a sync as the ledger has them now.
pub(super) fn known_fields(session: &Session, sync_id: i64) -> Result<Vec<FieldColumn>, EngineError> {
    let sql = "SELECT column_no, name, sql_type FROM sync_fields
               WHERE sync_id = $sync_id AND NOT dropped ORDER BY column_no";
    session.rows(sql, &[("sync_id", sync_id.into())], |row| {
        Ok(FieldColumn {
            column_no: row.int(0)?.unwrap_or_default(),
            name: row.text(1)?.unwrap_or_default(),
            sql_type: row.text(2)?.unwrap_or_default(),
        })
    })
}

/// Enters a field: the column of an earlier one of the same name and type where there is one, because what was confirmed
/// then still stands at the destination unless another type was mapped meanwhile; else new columns.
fn add_field(session: &Session, sync_id: i64, name: &str, sql_type: &str) -> Result<FieldColumn, EngineError> {
    let field = |column_no| FieldColumn { column_no, name: name.to_owned(), sql_type: sql_type.to_owned() };
    let earlier = "SELECT max(column_no) FROM sync_fields
                   WHERE sync_id = $sync_id AND dropped AND name = $name AND sql_type = $sql_type";
    let params = [("sync_id", sync_id.into()), ("name", name.into()), ("sql_type", sql_type.into())];
    if let Some(column_no) = session.one(earlier, &params, |row| row.int(0))? {
        session.run_script(&format!(
            "UPDATE sync_fields SET dropped = false WHERE sync_id = {sync_id} AND column_no = {column_no}"
        ))?;
        doubt(session, sync_id, name, column_no)?;
        return Ok(field(column_no));
    }
    let next = "SELECT coalesce(max(column_no), 0) + 1 FROM sync_fields WHERE sync_id = $sync_id";
    let column_no = session.one(next, &[("sync_id", sync_id.into())], |row| row.int(0))?.unwrap_or(1);
    add_columns(session, &format!("confirmed_{sync_id}"), column_no, sql_type)?;
    session.run_script(&format!(
        "INSERT INTO sync_fields VALUES ({sync_id}, {column_no}, {}, {}, false)",
        quote_literal(name),
        quote_literal(sql_type)
    ))?;
    doubt(session, sync_id, name, column_no)?;
    Ok(field(column_no))
}

/// The columns of a field in the table of the confirmed state: its value, whether that is known, and the run that
/// confirmed it.
pub(super) fn add_columns(session: &Session, table: &str, column_no: i64, sql_type: &str) -> Result<(), EngineError> {
    session.run_script(&format!(
        "ALTER TABLE {table} ADD COLUMN v{column_no} {sql_type};
         ALTER TABLE {table} ADD COLUMN k{column_no} BOOLEAN;
         ALTER TABLE {table} ADD COLUMN r{column_no} BIGINT;"
    ))
}

/// From format 4 to 5: each field has the run that confirmed it. Of those confirmed before, nobody can tell any more.
pub(super) fn add_runs_of_fields(session: &Session) -> Result<(), EngineError> {
    let fields = session.rows("SELECT sync_id, column_no FROM sync_fields ORDER BY ALL", &[], |row| {
        Ok((row.int(0)?.unwrap_or_default(), row.int(1)?.unwrap_or_default()))
    })?;
    fields.into_iter().try_for_each(|(sync_id, n)| {
        session.run_script(&format!("ALTER TABLE confirmed_{sync_id} ADD COLUMN IF NOT EXISTS r{n} BIGINT"))
    })
}

/// Takes a field out of use. Its columns stay: a plan is only looked at as often as it is sent, and a mapping that is
/// put back must not cost a request for every record.
fn drop_field(session: &Session, sync_id: i64, column_no: i64) -> Result<(), EngineError> {
    session.run_script(&format!(
        "UPDATE sync_fields SET dropped = true WHERE sync_id = {sync_id} AND column_no = {column_no};"
    ))
}
