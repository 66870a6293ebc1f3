//! DuckDB behind the seam: the only file that talks to the `duckdb` crate.

use std::cell::OnceCell;

use chrono::{DateTime, Utc};
use duckdb::types::{TimeUnit, ValueRef};
use duckdb::{Config, Connection, ToSql};

use super::functions::FunctionCatalog;
use super::watch::{GRACE, Statement, Watch};
use super::{EngineError, EngineErrorKind, EngineOptions, Page, Param, quote_identifier, quote_literal};

/// A column of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// DuckDB's name of its type.
    pub sql_type: String,
}

/// A row of a small result. Reading past the columns of the statement or as another type is an internal error.
pub struct Row<'row, 'statement>(&'row duckdb::Row<'statement>);

impl Row<'_, '_> {
    /// The text in column `index`; NULL is none.
    ///
    /// # Errors
    /// [`EngineErrorKind::Internal`] where the column is of another type.
    pub fn text(&self, index: usize) -> Result<Option<String>, EngineError> {
        self.0.get(index).map_err(|error| unreadable(&error))
    }

    /// The whole number in column `index`; NULL is none.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn int(&self, index: usize) -> Result<Option<i64>, EngineError> {
        self.0.get(index).map_err(|error| unreadable(&error))
    }

    /// The floating-point number in column `index`; NULL is none.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn float(&self, index: usize) -> Result<Option<f64>, EngineError> {
        self.0.get(index).map_err(|error| unreadable(&error))
    }

    /// The boolean in column `index`; NULL is none.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn bool(&self, index: usize) -> Result<Option<bool>, EngineError> {
        self.0.get(index).map_err(|error| unreadable(&error))
    }

    /// The count in column `index`; NULL and negative numbers are 0.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn count(&self, index: usize) -> Result<u64, EngineError> {
        Ok(self.int(index)?.and_then(|number| u64::try_from(number).ok()).unwrap_or(0))
    }

    /// The instant in column `index`, UTC; NULL is none.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn timestamp(&self, index: usize) -> Result<Option<DateTime<Utc>>, EngineError> {
        match self.0.get_ref(index).map_err(|error| unreadable(&error))? {
            ValueRef::Null => Ok(None),
            ValueRef::Timestamp(unit, ticks) => Ok(instant(unit, ticks)),
            _ => Err(EngineError::new(EngineErrorKind::Internal, format!("column {index} is not a timestamp"))),
        }
    }
}

fn instant(unit: TimeUnit, ticks: i64) -> Option<DateTime<Utc>> {
    let micros = match unit {
        TimeUnit::Second => ticks.checked_mul(1_000_000)?,
        TimeUnit::Millisecond => ticks.checked_mul(1_000)?,
        TimeUnit::Microsecond => ticks,
        TimeUnit::Nanosecond => ticks / 1_000,
    };
    DateTime::from_timestamp_micros(micros)
}

fn unreadable(error: &duckdb::Error) -> EngineError {
    EngineError::new(EngineErrorKind::Internal, format!("a result column has another type than expected: {error}"))
}

/// The engine, as seen by work on its thread.
#[derive(Debug)]
pub struct Session {
    connection: Connection,
    /// Looked up at the first expression: the catalog of functions is slow to ask.
    functions: OnceCell<FunctionCatalog>,
    watch: Option<Watch>,
    /// Whether [`Session::rehearse`] is at work: its transaction is the only one.
    pub(super) rehearsing: bool,
}

impl Session {
    /// Opens a database and locks its configuration.
    pub(super) fn open(options: &EngineOptions) -> Result<Self, EngineError> {
        let config = configuration(options).map_err(|error| failed(&error))?;
        let connection = match &options.database {
            Some(path) => Connection::open_with_flags(path, config),
            None => Connection::open_in_memory_with_flags(config),
        };
        let connection = connection.map_err(|error| failed(&error))?;
        let handle = connection.interrupt_handle();
        let watch = options.time_limit.map(|limit| Watch::start(limit, GRACE, move || handle.interrupt()));
        let watch = watch.transpose().map_err(|error| {
            EngineError::new(EngineErrorKind::Resources, format!("no thread to watch the engine: {error}"))
        })?;
        let session = Self { connection, functions: OnceCell::new(), watch, rehearsing: false };
        session.lock_down(options)?;
        Ok(session)
    }

    /// Becomes true when a statement can't be ended.
    pub(super) fn given_up(&self) -> Option<tokio::sync::watch::Receiver<bool>> {
        self.watch.as_ref().map(Watch::given_up)
    }

    /// Counts against the time limit as long as it is held.
    fn timed(&self) -> Option<Statement<'_>> {
        self.watch.as_ref().map(Watch::statement)
    }

    fn lock_down(&self, options: &EngineOptions) -> Result<(), EngineError> {
        let readable: Vec<String> =
            options.readable.iter().map(|path| quote_literal(&path.to_string_lossy())).collect();
        if let Some(folder) = &options.spill_folder {
            self.run_script(&format!("SET temp_directory = {};", quote_literal(&folder.to_string_lossy())))?;
        }
        // Insertion order costs memory on large scans; wherever order matters, the statement says ORDER BY.
        self.run_script("SET preserve_insertion_order = false;")?;
        self.run_script(&format!("SET allowed_directories = [{}];", readable.join(", ")))?;
        self.run_script("SET enable_external_access = false; SET lock_configuration = true;")
    }

    /// Runs statements of our own that take no parameters.
    ///
    /// # Errors
    /// [`EngineError`] of the statement that failed; earlier ones stay done.
    pub fn run_script(&self, sql: &str) -> Result<(), EngineError> {
        let _timed = self.timed();
        self.connection.execute_batch(sql).map_err(|error| failed(&error))
    }

    /// Runs one statement, and tells how many rows it touched.
    ///
    /// # Errors
    /// [`EngineError`]; nothing of the statement is done then.
    pub fn execute(&self, sql: &str, params: &[(&str, Param)]) -> Result<usize, EngineError> {
        let (bound, _timed) = (bind(params), self.timed());
        self.connection.execute(sql, bound.as_slice()).map_err(|error| failed(&error))
    }

    /// As [`Session::execute`], for a statement that runs again and again: it is parsed once, and planned once as long as
    /// no table is made or dropped.
    ///
    /// # Errors
    /// As [`Session::execute`].
    pub fn execute_again(&self, sql: &'static str, params: &[(&str, Param)]) -> Result<usize, EngineError> {
        let (bound, _timed) = (bind(params), self.timed());
        let prepared = self.connection.prepare_cached(sql);
        prepared.and_then(|mut prepared| prepared.execute(bound.as_slice())).map_err(|error| failed(&error))
    }

    /// Appends rows to a temporary table, a value for each of its columns.
    ///
    /// # Errors
    /// [`EngineError`] of a row; those before it may be there.
    pub fn append<const COLUMNS: usize>(
        &self,
        table: &str,
        rows: impl IntoIterator<Item = [Param; COLUMNS]>,
    ) -> Result<(), EngineError> {
        let appender = self.connection.appender_to_catalog_and_db(table, "temp", "main");
        let mut appender = appender.map_err(|error| failed(&error))?;
        for row in rows {
            appender.append_row(duckdb::appender_params_from_iter(row)).map_err(|error| failed(&error))?;
        }
        appender.flush().map_err(|error| failed(&error))
    }

    /// Runs a query with a small result.
    ///
    /// # Errors
    /// [`EngineError`] of the query or of `read`.
    pub fn rows<T>(
        &self,
        sql: &str,
        params: &[(&str, Param)],
        mut read: impl FnMut(&Row<'_, '_>) -> Result<T, EngineError>,
    ) -> Result<Vec<T>, EngineError> {
        let (bound, _timed) = (bind(params), self.timed());
        let mut statement = self.connection.prepare(sql).map_err(|error| failed(&error))?;
        let mut rows = statement.query(bound.as_slice()).map_err(|error| failed(&error))?;
        let mut read_rows = Vec::new();
        while let Some(row) = rows.next().map_err(|error| failed(&error))? {
            read_rows.push(read(&Row(row))?);
        }
        Ok(read_rows)
    }

    /// The syntax tree of a statement as JSON, or DuckDB's account of why there is none. The statement does not run. Asked
    /// once for each expression of a sync file, so the question itself is prepared once.
    pub(super) fn syntax_tree(&self, sql: &str) -> Result<String, EngineError> {
        let _timed = self.timed();
        let question = self.connection.prepare_cached("SELECT json_serialize_sql(?)");
        let tree: Option<String> = question
            .and_then(|mut question| question.query_row([sql], |row| row.get(0)))
            .map_err(|error| failed(&error))?;
        Ok(tree.unwrap_or_default())
    }

    /// Runs a query that gives exactly one row.
    ///
    /// # Errors
    /// [`EngineError`] of the query or of `read`, and [`EngineErrorKind::Internal`] where there is no row.
    pub fn one<T>(
        &self,
        sql: &str,
        params: &[(&str, Param)],
        read: impl FnMut(&Row<'_, '_>) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let first = self.rows(sql, params, read)?.into_iter().next();
        first.ok_or_else(|| EngineError::new(EngineErrorKind::Internal, "a query gave no row where it gives one"))
    }

    /// Runs a query whose result the statement itself bounds.
    ///
    /// # Errors
    /// [`EngineError`] of the query.
    pub fn page(&self, sql: &str, params: &[(&str, Param)]) -> Result<Page, EngineError> {
        let mut page = Page::default();
        self.each_page(sql, params, |part| {
            page.append(part);
            Ok(())
        })?;
        Ok(page)
    }

    /// Runs a query and hands its rows to `take` part by part, without holding more than one part. The parts of a large
    /// result come in any order, whatever the query's ORDER BY says: who needs an order sorts.
    ///
    /// # Errors
    /// [`EngineError`] of the query or of `take`.
    pub fn each_page(
        &self,
        sql: &str,
        params: &[(&str, Param)],
        mut take: impl FnMut(Page) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let bound = bind(params);
        let timed = self.timed();
        let mut statement = self.connection.prepare(sql).map_err(|error| failed(&error))?;
        let mut batches = statement.stream_arrow(bound.as_slice()).map_err(|error| failed(&error))?;
        drop(timed);
        loop {
            // What is done with a part takes its own time.
            let timed = self.timed();
            let Some(batch) = batches.next() else { break };
            drop(timed);
            let batch = batch.map_err(|error| failed(&error))?;
            take(Page::of(batch))?;
        }
        Ok(())
    }

    /// The columns that a query gives, without running it.
    ///
    /// # Errors
    /// [`EngineErrorKind::Sql`] where it does not bind, [`EngineErrorKind::Input`] where a file can't be read.
    pub fn describe(&self, query: &str) -> Result<Vec<ColumnInfo>, EngineError> {
        const VERB: &str = "DESCRIBE ";
        let columns = self.rows(&format!("{VERB}{query}"), &[], |row| {
            Ok(ColumnInfo { name: row.text(0)?.unwrap_or_default(), sql_type: row.text(1)?.unwrap_or_default() })
        });
        // A position counts from the start of the query, which the verb is no part of.
        columns.map_err(|error| EngineError {
            position: error.position.and_then(|at| at.checked_sub(VERB.len())),
            ..error
        })
    }

    /// Whether a table or view of that name exists.
    ///
    /// # Errors
    /// [`EngineError`] of the look-up.
    pub fn has_relation(&self, name: &str) -> Result<bool, EngineError> {
        Ok(!self.relations(&[name])?.is_empty())
    }

    /// Those of the named tables and views that exist, by name, with their columns in order.
    ///
    /// # Errors
    /// [`EngineError`] of the look-up.
    pub fn relations(&self, names: &[&str]) -> Result<Vec<(String, Vec<String>)>, EngineError> {
        // The information schema would say the same several times slower.
        let names: Vec<String> = names.iter().map(|name| quote_literal(name)).collect();
        let sql = format!(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE table_name IN ({}) ORDER BY 1, column_index",
            names.join(", ")
        );
        let mut found: Vec<(String, Vec<String>)> = Vec::new();
        for (table, column) in
            self.rows(&sql, &[], |row| Ok((row.text(0)?.unwrap_or_default(), row.text(1)?.unwrap_or_default())))?
        {
            match found.last_mut() {
                Some((last, columns)) if *last == table => columns.push(column),
                _ => found.push((table, vec![column])),
            }
        }
        Ok(found)
    }

    /// The functions that expressions may meet, as they were at the first call.
    pub(super) fn functions(&self) -> Result<&FunctionCatalog, EngineError> {
        if let Some(known) = self.functions.get() {
            return Ok(known);
        }
        let read = FunctionCatalog::read(self)?;
        Ok(self.functions.get_or_init(|| read))
    }

    /// Drops a temporary table or view where it exists. Not within a transaction: there, to be told that it is a view
    /// would be an error of the whole.
    ///
    /// # Errors
    /// [`EngineError`] of the statement.
    pub fn drop_table(&self, name: &str) -> Result<(), EngineError> {
        let name = quote_identifier(name);
        // DuckDB refuses to drop a view as a table, and the other way round; to be told so is faster than to ask first.
        self.run_script(&format!("DROP TABLE IF EXISTS temp.{name}"))
            .or_else(|_| self.run_script(&format!("DROP VIEW IF EXISTS temp.{name}")))
    }
}

fn configuration(options: &EngineOptions) -> duckdb::Result<Config> {
    let mut config = Config::default()
        .with("autoinstall_known_extensions", "false")?
        .with("autoload_known_extensions", "false")?
        .with("allow_community_extensions", "false")?;
    if let Some(limit) = &options.memory_limit {
        config = config.max_memory(limit)?;
    }
    if let Some(threads) = options.threads {
        config = config.threads(i64::try_from(threads).unwrap_or(i64::MAX))?;
    }
    Ok(config)
}

fn bind<'a>(params: &'a [(&'a str, Param)]) -> Vec<(&'a str, &'a dyn ToSql)> {
    params.iter().map(|(name, value)| (*name, value as &dyn ToSql)).collect()
}

fn failed(error: &duckdb::Error) -> EngineError {
    match error {
        duckdb::Error::DuckDBFailure(_, Some(text)) => EngineError::from_duckdb(text),
        other => EngineError::new(EngineErrorKind::Internal, other.to_string()),
    }
}
