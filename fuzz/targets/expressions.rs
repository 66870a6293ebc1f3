//! SQL of sync files: what is let through computes one value from one row, the same every time, and reaches nothing else.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use bolero::TypeGenerator;
use lapwing::engine::{Engine, EngineError, EngineErrorKind, EngineOptions, Expression, Session};
use lapwing_contract::{FieldType, Value};

use super::explore::Target;

/// An expression that mostly parses; numbers pick a word, whatever their size.
#[derive(Debug, Clone, TypeGenerator)]
pub(crate) enum Sql {
    Column(u8),
    Literal(u8),
    Number(i64),
    Text(String),
    Call(u8, Vec<Sql>),
    Forbidden(u8, Vec<Sql>),
    Binary(Box<Sql>, u8, Box<Sql>),
    Cast(Box<Sql>, u8),
    Case(Box<Sql>, Box<Sql>, Box<Sql>),
    /// Anything, as it is written.
    Words(Vec<u8>),
}

const COLUMNS: [&str; 12] = [
    "email",
    "segment",
    "r_score",
    "lateness_days",
    "total",
    "created",
    "is_new",
    "\"odd \"\"name\"",
    "NULL",
    "missing",
    "attributes.email",
    "current_date",
];
const LITERALS: [&str; 12] = [
    "0",
    "1.5",
    "1e308",
    "''",
    "'it''s'",
    "true",
    "DATE '2026-02-28'",
    "INTERVAL 1 MONTH",
    "[1, 2]",
    "{'a': 1}",
    "9223372036854775807",
    "'\u{1f600}'",
];
const CALLS: [&str; 24] = [
    "coalesce",
    "lower",
    "concat",
    "round",
    "try_cast",
    "strftime",
    "date_diff",
    "nullif",
    "greatest",
    "list_value",
    "md5",
    "regexp_replace",
    "substr",
    "repeat",
    "lpad",
    "list_transform",
    "string_split",
    "json_extract",
    "abs",
    "age",
    "ln",
    "range",
    "printf",
    "translate",
];
/// What reaches beyond one row, or differs from run to run.
const FORBIDDEN: [&str; 20] = [
    "random",
    "now",
    "uuid",
    "getenv",
    "current_setting",
    "sum",
    "count",
    "list",
    "first",
    "row_number",
    "unnest",
    "read_csv",
    "read_text",
    "glob",
    "nextval",
    "today",
    "txid_current",
    "gen_random_uuid",
    "generate_subscripts",
    "transaction_timestamp",
];
const OPERATORS: [&str; 16] =
    ["+", "-", "*", "/", "%", "||", "=", "<>", "<", "IS DISTINCT FROM", "AND", "OR", "LIKE", "^", "//", "->>"];
const TYPES: [&str; 12] = [
    "VARCHAR",
    "INTEGER",
    "DOUBLE",
    "DECIMAL(18,4)",
    "DATE",
    "TIMESTAMP",
    "BOOLEAN",
    "BLOB",
    "INTEGER[]",
    "JSON",
    "HUGEINT",
    "TIMESTAMPTZ",
];
const WORDS: [&str; 40] = [
    "SELECT",
    "FROM",
    "(",
    ")",
    ",",
    ";",
    "--",
    "/*",
    "*/",
    "'",
    "\"",
    "WHERE",
    "1",
    "*",
    "COLUMNS",
    "OVER",
    "UNION ALL",
    "customers",
    "VALUES",
    "ORDER BY",
    "LIMIT",
    "?",
    "$1",
    "#1",
    "EXISTS",
    "IN",
    "BETWEEN",
    "::",
    "[",
    "]",
    "{",
    "}",
    "x ->",
    "NOT",
    "COPY",
    "ATTACH",
    "SET",
    "email",
    "\u{0}",
    "DEFAULT",
];

impl Sql {
    /// As it is written in a sync file.
    pub(crate) fn text(&self) -> String {
        let list = |items: &[Self]| items.iter().map(Self::text).collect::<Vec<_>>().join(", ");
        match self {
            Self::Column(number) => pick(&COLUMNS, *number).to_owned(),
            Self::Literal(number) => pick(&LITERALS, *number).to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Self::Call(number, arguments) => format!("{}({})", pick(&CALLS, *number), list(arguments)),
            Self::Forbidden(number, arguments) => format!("{}({})", pick(&FORBIDDEN, *number), list(arguments)),
            Self::Binary(left, operator, right) => {
                format!("({} {} {})", left.text(), pick(&OPERATORS, *operator), right.text())
            }
            Self::Cast(value, to) => format!("CAST({} AS {})", value.text(), pick(&TYPES, *to)),
            Self::Case(when, then, or) => {
                format!("CASE WHEN {} THEN {} ELSE {} END", when.text(), then.text(), or.text())
            }
            Self::Words(words) => words.iter().map(|word| pick(&WORDS, *word)).collect::<Vec<_>>().join(" "),
        }
    }

    /// Whether something in it must be refused. What stands beside free words may be within quotes or a comment.
    fn is_forbidden(&self) -> Option<bool> {
        match self {
            Self::Words(_) => None,
            Self::Forbidden(..) => Some(true),
            Self::Column(number) => Some(pick(&COLUMNS, *number) == "current_date"),
            Self::Literal(_) | Self::Number(_) | Self::Text(_) => Some(false),
            Self::Call(_, items) => any(items.iter()),
            Self::Cast(item, _) => item.is_forbidden(),
            Self::Binary(left, _, right) => any([left, right].into_iter().map(AsRef::as_ref)),
            Self::Case(when, then, or) => any([when, then, or].into_iter().map(AsRef::as_ref)),
        }
    }
}

fn any<'a>(items: impl Iterator<Item = &'a Sql>) -> Option<bool> {
    items.map(Sql::is_forbidden).try_fold(false, |found, item| Some(found | item?))
}

fn pick<'a>(words: &[&'a str], number: u8) -> &'a str {
    words[usize::from(number) % words.len()]
}

/// One row to look at, kept open: opening takes longer than an expression.
const ROW: &str = "CREATE TABLE attributes AS SELECT 'ada@example.com' AS email, 'Best' AS segment, 5 AS r_score,
    12.5::DOUBLE AS lateness_days, 199.99::DECIMAL(18,4) AS total, TIMESTAMP '2026-01-05 10:00:00' AS created, true AS is_new,
    'x' AS \"odd \"\"name\"";

/// No statement of one row takes this long on any machine.
const TIME_LIMIT: Duration = Duration::from_secs(20);

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let options = EngineOptions {
        threads: Some(1),
        memory_limit: Some("1GiB".to_owned()),
        time_limit: Some(TIME_LIMIT),
        ..EngineOptions::default()
    };
    wait(async {
        let engine = Engine::open(options).await?;
        engine.run(|session| session.run_script(ROW)).await?;
        Ok::<_, EngineError>(engine)
    })
    .unwrap()
});

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Whether an expression is let through and gives a value.
fn exercise(text: &str) -> bool {
    let sql = text.to_owned();
    let begun = Instant::now();
    let judged = wait(ENGINE.run(move |session| judge(session, &sql))).unwrap();
    assert!(begun.elapsed() < TIME_LIMIT, "it takes {:?}", begun.elapsed());
    match judged {
        Judged::Refused(why) => assert!(!why.is_empty()),
        Judged::NoValue => {}
        Judged::Steady => return true,
        Judged::Wrong(why) => panic!("{text}: {why}"),
    }
    false
}

/// What the engine's thread found. It says so, rather than to die: it is there for all inputs.
enum Judged {
    Refused(String),
    /// What is let through need not bind, and fails on some values.
    NoValue,
    Steady,
    Wrong(String),
}

fn judge(session: &mut Session, sql: &str) -> Result<Judged, EngineError> {
    let expression = match Expression::parse(session, sql)? {
        Ok(expression) => expression,
        Err(problem) => return Ok(Judged::Refused(problem.message)),
    };
    let query = format!("SELECT CAST({} AS VARCHAR) FROM attributes", expression.sql());
    let harmless = [EngineErrorKind::Sql, EngineErrorKind::Value, EngineErrorKind::Resources];
    Ok(match (value(session, &query), value(session, &query)) {
        (Ok(first), Ok(second)) if first.len() == 1 && first == second => Judged::Steady,
        (Err(first), Err(second)) if harmless.contains(&first.kind) && first.kind == second.kind => Judged::NoValue,
        (Ok(first), Ok(second)) => Judged::Wrong(format!("{} rows, then {}", first.len(), second.len())),
        (first, second) => Judged::Wrong(format!("{:?}, then {:?}", first.err(), second.err())),
    })
}

fn value(session: &Session, query: &str) -> Result<Vec<Value>, EngineError> {
    session.page(query, &[])?.column(0, &FieldType::Text)
}

#[test]
fn text() {
    Target { name: "expressions::text", cases: 150, also: &[] }.over_bytes(|bytes| {
        exercise(&String::from_utf8_lossy(bytes));
    });
}

#[test]
fn built() {
    Target { name: "expressions::built", cases: 150, also: &[] }.over(|sql: &Sql| {
        let has_value = exercise(&sql.text());
        assert!(!(has_value && sql.is_forbidden() == Some(true)), "let through: {}", sql.text());
    });
}
