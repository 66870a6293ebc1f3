//! What a sync file can't do: reach other files, change the engine, see other rows; and what messages never say.

use lapwing::engine::{EngineErrorKind, Session};
use lapwing::exports::{Relation, bind};

use super::support::{Folder, TestError, at, export};

/// The error that a statement ends in.
fn kind_of(folder: &Folder, sql: &str) -> EngineErrorKind {
    let sql = sql.replace("[folder]", &folder.path().to_string_lossy());
    let refused = folder.work(&[], move |session: &mut Session| session.run_script(&sql));
    refused.expect_err("the statement is refused").kind
}

#[test]
fn statements_read_and_write_nothing_outside_the_folders_of_the_exports() {
    let folder = Folder::new();
    let outside = Folder::new();
    let secret = outside.write("secret.csv", "a\n1\n");
    let inside = folder.path().file_name().unwrap().to_string_lossy().into_owned();
    for sql in [
        format!("SELECT * FROM read_csv('{}')", secret.display()),
        format!("SELECT * FROM '{}'", secret.display()),
        format!("SELECT * FROM read_text('{}')", secret.display()),
        format!("SELECT * FROM read_blob('{}')", secret.display()),
        format!("SELECT * FROM glob('{}/*')", outside.path().display()),
        format!("COPY (SELECT 1) TO '{}'", outside.join("new.csv").display()),
        format!("ATTACH '{}'", outside.join("new.duckdb").display()),
        format!("EXPORT DATABASE '{}'", outside.join("dump").display()),
        format!(
            "SELECT * FROM read_csv('[folder]/../{}/secret.csv')",
            outside.path().file_name().unwrap().to_string_lossy()
        ),
        format!("SELECT * FROM read_csv('[folder]/../{inside}/../../etc/passwd')"),
        "SELECT * FROM read_csv('/etc/passwd')".to_owned(),
        "SELECT * FROM read_csv('/proc/self/environ')".to_owned(),
    ] {
        assert_eq!(kind_of(&folder, &sql), EngineErrorKind::Forbidden, "{sql}");
    }
    assert!(!outside.join("new.csv").exists() && !outside.join("new.duckdb").exists());
}

#[test]
fn the_network_and_extensions_are_out_of_reach() {
    let folder = Folder::new();
    for sql in [
        "SELECT * FROM read_csv('https://example.com/a.csv')",
        "INSTALL httpfs",
        "LOAD httpfs",
        "LOAD '[folder]/x.duckdb_extension'",
    ] {
        let kind = kind_of(&folder, sql);
        assert!(matches!(kind, EngineErrorKind::Forbidden | EngineErrorKind::Input), "{sql}: {kind:?}");
    }
}

#[test]
fn settings_are_locked() {
    let folder = Folder::new();
    for sql in [
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET lock_configuration = false",
        "SET memory_limit = '1TB'",
        "SET threads = 64",
        "SET autoload_known_extensions = true",
        "RESET ALL",
        "PRAGMA temp_directory='/tmp'",
    ] {
        let kind = kind_of(&folder, sql);
        assert!(matches!(kind, EngineErrorKind::Forbidden | EngineErrorKind::Sql), "{sql}: {kind:?}");
    }
}

#[test]
fn mapped_expressions_see_the_columns_of_their_row_and_nothing_else() {
    let folder = Folder::new();
    let path = folder.write("orders.csv", "id,client,moment,total\n1,a,2025-01-01,5\n");
    for attack in [
        "(SELECT content FROM read_text('/etc/passwd'))",
        "total) FROM read_csv('/etc/passwd') --",
        "total); DROP TABLE orders; --",
        "total) UNION ALL SELECT (1",
        "(SELECT max(total) FROM orders)",
        "EXISTS (FROM duckdb_settings())",
        "total IN (SELECT 1)",
        "COLUMNS('.*')",
        "*",
        "#1",
        "$total",
        "?",
        "sum(total)",
        "geomean(total)",
        "list(total)",
        "lag(total) OVER (ORDER BY id)",
        "random()",
        "uuid()",
        "now()",
        "current_date",
        "age(moment)",
        "getvariable('x')",
        "current_setting('temp_directory')",
        "write_log('x')",
        "nextval('x')",
        "total; SELECT 1",
        "COPY (SELECT 1) TO '/tmp/x'",
        "PRAGMA database_list",
        "read_text('/etc/passwd')",
        "duckdb_secrets()",
        "getenv('HOME')",
        "sleep_ms(1000)",
        "generate_series(1, 3000000000)[1]",
        "list_sum(range(3000000000))",
        "repeat('x', 4000000000)",
        "list_reduce([1, 2], lambda x, y: x + y)",
        "",
        "total, 1",
    ] {
        let columns = [("order_id", "id"), ("customer_id", "client"), ("ordered_at", "moment"), ("net_amount", attack)];
        let text = folder.refusal(vec![export(Relation::Orders, path.clone(), &columns)]);
        assert!(text.contains("in `net_amount`"), "{attack}: {text}");
    }
}

#[test]
fn a_value_that_does_not_convert_is_not_told() {
    let folder = Folder::new();
    for sql in [
        "SELECT CAST(email AS INTEGER) FROM people",
        "SELECT CAST(email AS DATE) FROM people",
        "SELECT CAST(email AS TIMESTAMP) FROM people",
        "SELECT CAST(email AS BOOLEAN) FROM people",
        "SELECT CAST(email AS UUID) FROM people",
        "SELECT CAST(email AS INTERVAL) FROM people",
        "SELECT CAST(email AS DECIMAL(18,2)) FROM people",
        "SELECT CAST(email AS DOUBLE) FROM people",
        "SELECT CAST(email AS JSON) FROM people",
        "SELECT CAST(email AS INTEGER[]) FROM people",
        "SELECT CAST(email AS STRUCT(a INTEGER)) FROM people",
        "SELECT CAST(email AS ENUM('a')) FROM people",
        "SELECT strptime(email, '%Y') FROM people",
        "SELECT json_extract(email, '$.a') FROM people",
        "SELECT regexp_matches('a', email || '(') FROM people",
        "SELECT date_part(email, DATE '2025-01-01') FROM people",
        "SELECT error(email) FROM people",
        "SELECT error('CSV Error on Line: 1' || email || chr(10) || email) FROM people",
        "SELECT error('Malformed JSON in file Input: ' || email) FROM people",
        "INSERT INTO keys SELECT email FROM people UNION ALL SELECT email FROM people",
        "SELECT CAST(phone AS TINYINT) FROM people",
        "SELECT CAST(phone AS DECIMAL(3,1)) FROM people",
        "SELECT phone * 9223372036854775807 FROM people",
    ] {
        let sql = sql.to_owned();
        let (copy, people) = (
            sql.clone(),
            "CREATE TEMP TABLE people AS SELECT 'O''ada@example.com' AS email, 4911122233 AS phone;
                                            CREATE TEMP TABLE keys (k VARCHAR PRIMARY KEY)",
        );
        let refused = folder.work(&[], move |session: &mut Session| {
            session.run_script(people)?;
            session.run_script(&sql)
        });
        let message = refused.expect_err(&copy).message;
        assert!(!message.contains("ada") && !message.contains("4911122233"), "{copy}: {message}");
    }
}

#[test]
fn what_is_wrong_with_rows_is_told_without_their_values() {
    let folder = Folder::new();
    let path = folder.write(
        "orders.csv",
        "order_id,customer_id,ordered_at,net_amount\nada-1,ada@example.com,adaday,ada$\n,ada@example.com,2025-01-01,1\n",
    );
    let text = folder.refusal(vec![export(Relation::Orders, path, &[])]);
    assert!(!text.contains("ada"), "{text}");
}

#[test]
fn what_is_bound_is_temporary_and_leaves_the_database_as_it_was() {
    let folder = Folder::new();
    let path = folder.write("customers.csv", "customer_id\n1\n");
    let tables = folder.work::<_, TestError>(&[], move |session| {
        bind(session, &[export(Relation::Customers, path, &[])], at("2025-01-01T00:00:00Z"))?;
        let sql = "SELECT count(*) FROM information_schema.tables WHERE table_catalog <> 'temp'";
        Ok(session.one(sql, &[], |row| row.count(0))?)
    });
    assert_eq!(tables.unwrap(), 0);
}
