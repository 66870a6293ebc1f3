//! A folder with files, and what comes of binding them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use lapwing::attributes::{self, AttributeSettings, bound_relations, compute};
use lapwing::engine::{Engine, EngineError, EngineOptions, Session, quote_identifier};
use lapwing::exports::{CsvOptions, Export, ExportError, InputReport, Relation, Roots, bind, bind_shapes};
use tempfile::TempDir;

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect(text)
}

pub(crate) fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

pub(crate) fn export(relation: Relation, path: impl Into<PathBuf>, columns: &[(&str, &str)]) -> Export {
    Export {
        relation,
        paths: vec![path.into()],
        roots: anywhere(),
        format: None,
        columns: columns.iter().map(|(name, sql)| ((*name).to_owned(), (*sql).to_owned())).collect(),
        csv: CsvOptions::default(),
        max_bad_rows_pct: 1.0,
    }
}

/// Where files lie is no matter here.
fn anywhere() -> Roots {
    Roots::new(&[PathBuf::from("/")], u64::MAX)
}

/// A text of lines, the last one closed.
pub(crate) fn lines(first: &str, rest: impl IntoIterator<Item = String>) -> String {
    let mut lines = vec![first.to_owned()];
    lines.extend(rest);
    lines.push(String::new());
    lines.join("\n")
}

/// A folder that is gone after the test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Writes the result of a query with the engine itself: `options` as COPY takes them.
    pub(crate) fn copy(&self, query: &str, name: &str, options: &str) -> PathBuf {
        let path = self.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let sql = format!("COPY ({query}) TO '{}' ({options})", path.display());
        self.work(&[&golden("")], move |session| session.run_script(&sql)).unwrap();
        path
    }

    pub(crate) fn parquet(&self, query: &str, name: &str) -> PathBuf {
        self.copy(query, name, "FORMAT parquet")
    }

    /// Runs `work` on an engine that may read this folder and `more`.
    pub(crate) fn work<T: Send + 'static, E: From<EngineError> + Send + 'static>(
        &self,
        more: &[&Path],
        work: impl FnOnce(&mut Session) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let mut readable = vec![self.path().to_path_buf()];
        readable.extend(anywhere().readable(more.iter().copied()));
        let options = EngineOptions { readable, threads: Some(2), ..EngineOptions::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { Engine::open(options).await.unwrap().run(work).await })
    }

    /// Binds, and answers questions about what came of it.
    pub(crate) fn bind(&self, exports: Vec<Export>, as_of: &str, questions: &[&str]) -> Bound {
        self.try_bind(exports, as_of, questions).unwrap()
    }

    pub(crate) fn try_bind(&self, exports: Vec<Export>, as_of: &str, questions: &[&str]) -> Result<Bound, TestError> {
        let as_of = at(as_of);
        let questions: Vec<String> = questions.iter().map(|sql| (*sql).to_owned()).collect();
        self.work(&[&golden("")], move |session| {
            let report = bind(session, &exports, as_of)?;
            let answers = questions.iter().map(|sql| answer(session, sql)).collect::<Result<_, _>>()?;
            Ok(Bound { report, answers })
        })
    }

    /// The whole text that a user sees of the error that binding these exports ends in, without the folder's name.
    pub(crate) fn refusal(&self, exports: Vec<Export>) -> String {
        let error = self.try_bind(exports, "2030-01-01T00:00:00Z", &[]).expect_err("binding is refused");
        self.rendered(&error)
    }

    pub(crate) fn rendered(&self, error: &TestError) -> String {
        let TestError::Export(error) = error else { panic!("{error:?}") };
        let mut text = format!("export `{}`: {error}", error.relation());
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            write!(text, "\n  caused by: {cause}").unwrap();
            source = cause.source();
        }
        if let ExportError::Expression { column, position, .. } = error {
            write!(text, "\n  in `{column}`, position {position:?}").unwrap();
        }
        write!(text, "\n  hint: {}", error.hint()).unwrap();
        text.replace(&*self.path().to_string_lossy(), "[folder]")
    }

    /// Binds shapes alone, as `validate` does, and renders what is wrong.
    pub(crate) fn shapes(&self, exports: Vec<Export>) -> Vec<String> {
        let problems = self.work::<_, TestError>(&[], move |session| Ok(bind_shapes(session, &exports)?)).unwrap();
        problems.into_iter().map(|problem| self.rendered(&TestError::Export(problem))).collect()
    }

    /// Binds, computes attributes, and answers questions.
    pub(crate) fn attributes(
        &self,
        exports: Vec<Export>,
        as_of: &str,
        toml: &str,
        questions: &[&str],
    ) -> Vec<Vec<String>> {
        let (as_of, settings) = (at(as_of), toml::from_str::<AttributeSettings>(toml).unwrap());
        let questions: Vec<String> = questions.iter().map(|sql| (*sql).to_owned()).collect();
        let answers = self.work::<_, TestError>(&[&golden("")], move |session| {
            bind(session, &exports, as_of)?;
            let plan = attributes::plan(&settings, &bound_relations(session)?, as_of).unwrap();
            compute(session, &plan)?;
            Ok(questions.iter().map(|sql| answer(session, sql)).collect::<Result<_, _>>()?)
        });
        answers.unwrap()
    }
}

#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) report: InputReport,
    pub(crate) answers: Vec<Vec<String>>,
}

impl Bound {
    /// Rows read, rows used, rows later than as_of, and the reasons of the others.
    pub(crate) fn counts(&self, relation: &str) -> (u64, u64, u64, Vec<(&str, u64)>) {
        let report = self.report.relations.iter().find(|report| report.relation == relation).expect(relation);
        let reasons = report.bad_rows.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
        (report.rows, report.used_rows, report.later_rows, reasons)
    }
}

/// All rows of a query, each as one text: `1 | NULL | paid`.
pub(crate) fn answer(session: &Session, sql: &str) -> Result<Vec<String>, EngineError> {
    let names = session.describe(sql)?.into_iter().map(|column| quote_identifier(&column.name));
    let texts: Vec<String> = names.map(|name| format!("coalesce(CAST({name} AS VARCHAR), 'NULL')")).collect();
    let sql = format!("SELECT concat_ws(' | ', {}) FROM ({sql})", texts.join(", "));
    session.rows(&sql, &[], |row| Ok(row.text(0)?.unwrap_or_default()))
}

#[derive(Debug)]
#[expect(dead_code, reason = "read by Debug, where a test ends in an error that it does not expect")]
pub(crate) enum TestError {
    Export(ExportError),
    Engine(EngineError),
}

impl From<ExportError> for TestError {
    fn from(error: ExportError) -> Self {
        Self::Export(error)
    }
}

impl From<EngineError> for TestError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}
