//! Exports that point at files which are none of theirs: refused before they are opened, in `validate` and in every run.

use insta::assert_snapshot;

use crate::project::Project;

/// A sync file in a folder of its own; beside it, what it must not see.
fn pointing_at(path: &str) -> Project {
    Project::new().replace("path = \"customers.csv\"", &format!("path = {}", toml::Value::String(path.to_owned())))
}

#[test]
fn a_file_outside_of_the_sync_files_folder() {
    let secret = tempfile::tempdir().unwrap();
    std::fs::write(secret.path().join("secret.csv"), "password,token\nhunter2,abc\n").unwrap();
    let path = secret.path().join("secret.csv").display().to_string();
    let said = pointing_at(&path).validate().replace(&*secret.path().to_string_lossy(), "[elsewhere]");
    assert!(!said.contains("password") && !said.contains("hunter2"), "{said}");
    assert!(said.contains("export-outside-roots") && said.contains("sync.toml:4:8"), "{said}");
    assert!(said.contains("`exports.roots`"), "{said}");
}

#[test]
fn the_message_names_the_way_out() {
    assert_snapshot!(pointing_at("../secret.csv").validate(), @r#"
    exit 2
    --- stderr
    error[export-outside-roots]: export `customers`: `../secret.csv` leads out
    │ of the folders that exports may be read from
      ╭─[sync.toml:4:8]
    4 │ path = "../secret.csv"
      ·        ───────────────
      ╰────
    help: move the files below [folder], or let whoever runs Lapwing add
          their folder to `exports.roots` in the settings; links count as what
          they lead to, and the state folder is never read

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn every_way_out_of_the_folder() {
    for path in [
        "/etc/passwd",
        "/etc/*.conf",
        "/etc",
        "/",
        "../../../../../../etc/passwd",
        "exports/../../secret.csv",
        "*/../../secret.csv",
        "/dev/zero",
        "/dev/stdin",
        "/proc/self/environ",
        "/proc/self/fd/*",
        "/nobody/knows/whether/this/exists.csv",
        ".lapwing/ledger.duckdb",
        ".lapwing/credentials/crm/*.json",
    ] {
        let project = pointing_at(path);
        for command in [&["validate", "sync.toml"][..], &["attributes", "sync.toml"]] {
            let said = project.lapwing(command);
            assert!(said.starts_with("exit 2") && said.contains("export-outside-roots"), "{path}: {said}");
            assert!(said.contains("sync.toml:4:8"), "{path}: {said}");
            assert!(!said.contains("root:") && !said.contains("nameserver"), "{path}: {said}");
        }
    }
}

#[test]
fn addresses_and_home_folders_are_no_paths() {
    for path in [
        "https://example.com/a.csv",
        "http://169.254.169.254/latest/meta-data/a.csv",
        "s3://bucket/a.csv",
        "file:///etc/passwd",
        "FILE:/etc/passwd",
        "~/secret.csv",
        "~root/secret.csv",
        "a\\u0000.csv",
    ] {
        let said = Project::new().replace("path = \"customers.csv\"", &format!("path = \"{path}\"")).validate();
        assert!(said.starts_with("exit 2") && said.contains("bad-value"), "{path}: {said}");
        assert!(said.contains("sync.toml:4:8"), "{path}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn links_sockets_and_pipes_in_the_folder_itself() {
    use std::os::unix::fs::symlink;
    let secret = tempfile::tempdir().unwrap();
    std::fs::write(secret.path().join("secret.csv"), "password\nhunter2\n").unwrap();
    let project = Project::new();
    project.file("more/customers.csv", "customer_id,email,first_name\nada,ada@example.com,Ada\n");
    let folder = project.path().to_path_buf();
    symlink(secret.path().join("secret.csv"), folder.join("link.csv")).unwrap();
    symlink(secret.path(), folder.join("door")).unwrap();
    symlink(secret.path().join("secret.csv"), folder.join("more/z.csv")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.join("socket.csv")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(folder.join("pipe.csv")).status().unwrap();
    assert!(made.success());
    let mut project = project;
    let mut last = "customers.csv".to_owned();
    for (path, code) in [
        ("link.csv", "export-outside-roots"),
        ("door/secret.csv", "export-outside-roots"),
        ("door/*.csv", "export-outside-roots"),
        ("d*/secret.csv", "export-outside-roots"),
        ("more/*.csv", "export-outside-roots"),
        ("socket.csv", "export-not-a-file"),
        ("pipe.csv", "export-not-a-file"),
        ("p*.csv", "export-no-files"),
    ] {
        project = project.replace(&format!("path = \"{last}\""), &format!("path = \"{path}\""));
        path.clone_into(&mut last);
        let said = project.validate();
        assert!(said.starts_with("exit 2") && said.contains(code), "{path}: {said}");
        assert!(!said.contains("password") && !said.contains("hunter2"), "{path}: {said}");
    }
}

#[test]
fn a_root_that_the_operator_allows_is_read() {
    let warehouse = tempfile::tempdir().unwrap();
    std::fs::write(warehouse.path().join("c.csv"), "customer_id,email,first_name\nada,ada@example.com,Ada\n").unwrap();
    let project = pointing_at(&warehouse.path().join("c.csv").display().to_string());
    let toml = |roots: &[&str]| {
        let roots = roots.iter().map(|root| toml::Value::String((*root).to_owned())).collect();
        format!("[exports]\nroots = {}\n", toml::Value::Array(roots))
    };
    let outside = warehouse.path().to_string_lossy().into_owned();
    project.file("lapwing.toml", &toml(&[".", &outside]));
    let said = project.validate();
    assert!(said.starts_with("exit 0"), "{said}");
    // The folder of the sync file is a root only as long as nothing else is said.
    project.file("lapwing.toml", &toml(&[&outside]));
    let said = project.validate();
    assert!(said.contains("export-outside-roots") && said.contains("orders.csv"), "{said}");
    // What the machine says wins over what lies beside the sync file.
    project.file("lapwing.toml", &toml(&["/"]));
    let said = project.lapwing_with(&["validate", "sync.toml"], &[("LAPWING_EXPORTS__ROOTS", ".")]);
    assert!(said.contains("export-outside-roots"), "{said}");
}

#[test]
fn a_file_longer_than_the_operator_allows_is_not_opened() {
    let project = Project::new();
    let said = project.lapwing_with(&["validate", "sync.toml"], &[("LAPWING_EXPORTS__MAX_FILE_SIZE", "60 B")]);
    assert!(said.contains("export-file-too-large") && said.contains("more than the 60 allowed"), "{said}");
}
