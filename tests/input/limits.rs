//! What an engine does not give, should an expression ever get past the checks: other files, other settings, and more
//! time or memory than it was opened with.

use std::time::Duration;

use lapwing::engine::{Engine, EngineError, EngineErrorKind, EngineOptions, Session};

use super::support::Folder;

/// The error that work ends in, on an engine with these limits.
fn error_of(
    options: EngineOptions,
    work: impl FnOnce(&mut Session) -> Result<(), EngineError> + Send + 'static,
) -> EngineError {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ended = runtime.block_on(async { Engine::open(options).await.unwrap().run(work).await });
    ended.expect_err("it is refused")
}

fn limits(time_limit: Duration) -> EngineOptions {
    EngineOptions {
        memory_limit: Some("200MiB".to_owned()),
        threads: Some(1),
        time_limit: Some(time_limit),
        ..EngineOptions::default()
    }
}

#[test]
fn billions_of_rows_end_at_the_time_limit() {
    for sql in [
        "SELECT count(*) FROM range(1000000000000) a, range(1000000000000) b",
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
        "SELECT sum(hash(i)) FROM range(100000000000000) r(i)",
    ] {
        let error = error_of(limits(Duration::from_millis(50)), move |session| session.run_script(sql));
        assert_eq!(error.kind, EngineErrorKind::TimeLimit, "{sql}: {error}");
        assert_eq!(error.message, "a query took longer than the time limit");
    }
}

/// A way of asking.
type Way = fn(&mut Session) -> Result<(), EngineError>;

#[test]
fn every_way_of_asking_is_timed() {
    const ENDLESS: &str = "SELECT CAST(sum(hash(i)) AS BIGINT) FROM range(100000000000000) r(i)";
    let ways: [Way; 5] = [
        |session| session.execute(ENDLESS, &[]).map(drop),
        |session| session.rows(ENDLESS, &[], |row| row.int(0)).map(drop),
        |session| session.one(ENDLESS, &[], |row| row.int(0)).map(drop),
        |session| session.page(ENDLESS, &[]).map(drop),
        |session| session.transaction(|session| session.run_script(ENDLESS)),
    ];
    for way in ways {
        assert_eq!(error_of(limits(Duration::from_millis(50)), way).kind, EngineErrorKind::TimeLimit);
    }
}

#[test]
fn what_is_done_with_a_part_of_a_result_takes_its_own_time() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let parts = runtime.block_on(async {
        let engine = Engine::open(limits(Duration::from_secs(60))).await.unwrap();
        let (late, mut later) = tokio::sync::mpsc::channel::<usize>(1);
        let work = engine.run(move |session| {
            session.each_page("SELECT i FROM range(10000) r(i)", &[], |part| {
                // Waits for whoever takes the parts, as a delivery does.
                late.blocking_send(part.rows).map_err(|_| EngineError::new(EngineErrorKind::Internal, "nobody"))
            })
        });
        let count = async {
            let mut rows = 0;
            while let Some(part) = later.recv().await {
                rows += part;
            }
            rows
        };
        let (done, rows): (Result<(), EngineError>, usize) = tokio::join!(work, count);
        done.map(|()| rows)
    });
    assert_eq!(parts.unwrap(), 10_000);
}

#[test]
fn tables_that_do_not_fit_end_at_the_memory_limit() {
    let error = error_of(limits(Duration::from_secs(60)), |session| {
        session.run_script("SELECT list(i) FROM range(1000000000) r(i)")
    });
    assert_eq!(error.kind, EngineErrorKind::Resources, "{error}");
}

#[test]
fn an_engine_goes_on_after_an_interrupt() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let answer = runtime.block_on(async {
        let engine = Engine::open(limits(Duration::from_millis(500))).await.unwrap();
        let endless: Result<(), EngineError> =
            engine.run(|session| session.run_script("SELECT sum(hash(i)) FROM range(100000000000000) r(i)")).await;
        assert_eq!(endless.unwrap_err().kind, EngineErrorKind::TimeLimit);
        engine.run(|session| session.one("SELECT 42", &[], |row| row.int(0))).await
    });
    assert_eq!(answer.unwrap(), Some(42));
}

/// No check of an expression stands before these statements: what the checks keep out is tried on the engine itself.
#[test]
fn the_engine_itself_refuses_what_the_checks_keep_out() {
    let folder = Folder::new();
    let outside = Folder::new();
    let secret = outside.write("secret.csv", "a\n1\n").display().to_string();
    let target = outside.join("new").display().to_string();
    for sql in [
        format!("SELECT (SELECT content FROM read_text('{secret}'))"),
        format!("SELECT * FROM read_blob('{secret}')"),
        format!("SELECT * FROM read_json('{secret}')"),
        format!("SELECT * FROM parquet_metadata('{secret}')"),
        format!("SELECT * FROM sniff_csv('{secret}')"),
        format!("SELECT * FROM query('FROM read_text(''{secret}'')')"),
        format!("COPY (SELECT 1) TO '{target}' (FORMAT parquet)"),
        format!("COPY (SELECT 1) TO '{target}' (FORMAT csv, PARTITION_BY (a))"),
        format!("ATTACH '{target}' AS x"),
        format!("ATTACH '{secret}' AS x (READ_ONLY)"),
        format!("EXPORT DATABASE '{target}'"),
        format!("IMPORT DATABASE '{target}'"),
        format!("SET temp_directory = '{target}'"),
        format!("SET secret_directory = '{target}'"),
        format!("SET log_query_path = '{target}'"),
        format!("PRAGMA profiling_output = '{target}'"),
        "SELECT * FROM read_text('/etc/passwd')".to_owned(),
        "SELECT * FROM read_text('file:///etc/passwd')".to_owned(),
        "SELECT * FROM read_text('~/.profile')".to_owned(),
        "SELECT * FROM read_text('/dev/stdin')".to_owned(),
        "SELECT * FROM read_text('http://127.0.0.1:1/x')".to_owned(),
        "SELECT * FROM read_parquet('s3://bucket/x')".to_owned(),
        "SELECT getenv('HOME')".to_owned(),
        "INSTALL httpfs".to_owned(),
        "INSTALL httpfs FROM community".to_owned(),
        "FORCE INSTALL httpfs FROM 'http://127.0.0.1:1'".to_owned(),
        "LOAD httpfs".to_owned(),
        "CREATE PERSISTENT SECRET s (TYPE s3)".to_owned(),
        "SET lock_configuration = false".to_owned(),
        "SET enable_external_access = true".to_owned(),
        "RESET allowed_directories".to_owned(),
    ] {
        let copy = sql.clone();
        let ended = folder.work(&[], move |session: &mut Session| session.run_script(&sql));
        let kind = ended.expect_err(&copy).kind;
        let expected =
            [EngineErrorKind::Forbidden, EngineErrorKind::Sql, EngineErrorKind::Input, EngineErrorKind::Value];
        assert!(expected.contains(&kind), "{copy}: {kind:?}");
    }
    assert!(!std::path::Path::new(&target).exists());
    let secrets = folder.work(&[], |session: &mut Session| {
        session.one("SELECT count(*) FROM duckdb_secrets()", &[], |row| row.count(0))
    });
    assert_eq!(secrets.unwrap_or(0), 0, "there are none to be seen");
}
