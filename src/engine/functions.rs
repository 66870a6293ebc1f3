//! What DuckDB's catalog says about functions, read once a session.

use std::collections::HashMap;

use super::{EngineError, Session};

/// The facts about one name. Names unknown to the catalog have none of them.
#[derive(Debug, Clone, Default)]
pub(super) struct FunctionFacts {
    /// Some function of that name folds many rows into one.
    pub(super) aggregate: bool,
    /// Some scalar function of that name gives another value at another call or in another run.
    pub(super) varies: bool,
    /// Every function of that name makes a table.
    pub(super) table: bool,
    /// What macros of that name stand for.
    pub(super) macros: Vec<String>,
}

/// All functions by name, in lower case.
#[derive(Debug)]
pub(super) struct FunctionCatalog {
    by_name: HashMap<String, FunctionFacts>,
}

impl FunctionCatalog {
    pub(super) fn read(session: &Session) -> Result<Self, EngineError> {
        let sql = "SELECT lower(function_name), function_type, stability, macro_definition FROM duckdb_functions()";
        let rows = session.rows(sql, &[], |row| Ok((row.text(0)?, row.text(1)?, row.text(2)?, row.text(3)?)))?;
        let mut by_name: HashMap<String, FunctionFacts> = HashMap::new();
        for (name, kind, stability, definition) in rows {
            let fresh = || FunctionFacts { table: true, ..FunctionFacts::default() };
            let facts = by_name.entry(name.unwrap_or_default()).or_insert_with(fresh);
            let kind = kind.unwrap_or_default();
            facts.aggregate |= kind == "aggregate";
            facts.varies |= kind == "scalar" && stability.as_deref() != Some("CONSISTENT");
            facts.table &= matches!(kind.as_str(), "table" | "table_macro" | "pragma");
            facts.macros.extend(definition.filter(|_| kind == "macro"));
        }
        Ok(Self { by_name })
    }

    /// The facts about `name`, in any case.
    pub(super) fn facts(&self, name: &str) -> FunctionFacts {
        self.by_name.get(&name.to_lowercase()).cloned().unwrap_or_default()
    }
}
