//! A small shop: exports written by hand, and the attributes that come of them.

use lapwing::attributes::{self, AttributeSettings, Problem, bound_relations, compute};
use lapwing::exports::{Export, Relation, bind, bind_shapes};

use super::support::{Folder, TestError, at, export};

pub(crate) struct Shop {
    folder: Folder,
    exports: Vec<Export>,
    as_of: String,
}

impl Shop {
    /// Exports as CSV, a line each; what stands around a line is cut off.
    pub(crate) fn new(as_of: &str, tables: &[(Relation, &str)]) -> Self {
        let folder = Folder::new();
        let exports = tables
            .iter()
            .map(|(relation, text)| {
                let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
                let path = folder.write(&format!("{}.csv", relation.name()), lines.join("\n") + "\n");
                export(*relation, path, &[])
            })
            .collect();
        Self { folder, exports, as_of: as_of.to_owned() }
    }

    /// The same shop, whatever part of its rows is bad.
    pub(crate) fn with_bad_rows(mut self) -> Self {
        self.exports.iter_mut().for_each(|export| export.max_bad_rows_pct = 100.0);
        self
    }

    /// `columns` of all customers, in the order of their ids: `a | 1 | NULL`.
    pub(crate) fn rows(&self, toml: &str, columns: &str) -> Vec<String> {
        let question = format!("SELECT customer_id, {columns} FROM attributes ORDER BY customer_id");
        self.answers(toml, &[&question]).remove(0)
    }

    pub(crate) fn answers(&self, toml: &str, questions: &[&str]) -> Vec<Vec<String>> {
        self.folder.attributes(self.exports.clone(), &self.as_of, toml, questions)
    }

    /// What the run is warned of.
    pub(crate) fn warnings(&self, toml: &str) -> Vec<Problem> {
        let (exports, as_of) = (self.exports.clone(), at(&self.as_of));
        let settings = toml::from_str::<AttributeSettings>(toml).unwrap();
        let warnings = self.folder.work::<_, TestError>(&[], move |session| {
            bind(session, &exports, as_of)?;
            let plan = attributes::plan(&settings, &bound_relations(session)?, as_of).unwrap();
            Ok(compute(session, &plan)?.warnings)
        });
        warnings.unwrap()
    }

    /// The columns that `validate` sees, over exports of which only the shape is known.
    pub(crate) fn shape(&self, toml: &str) -> Vec<(String, String)> {
        let (exports, as_of) = (self.exports.clone(), at(&self.as_of));
        let settings = toml::from_str::<AttributeSettings>(toml).unwrap();
        let columns = self.folder.work::<_, TestError>(&[], move |session| {
            assert!(bind_shapes(session, &exports)?.is_empty());
            let plan = attributes::plan(&settings, &bound_relations(session)?, as_of).unwrap();
            compute(session, &plan)?;
            let found = session.describe("SELECT * FROM attributes")?;
            let found: Vec<(String, String)> =
                found.into_iter().map(|column| (column.name, column.sql_type.replace(", ", ","))).collect();
            let planned: Vec<(String, String)> =
                plan.columns.iter().map(|column| (column.name.clone(), column.sql_type.replace(", ", ","))).collect();
            assert_eq!(found[..planned.len()], planned, "every column is of the type that it is said to be");
            Ok(found)
        });
        columns.unwrap()
    }
}
