//! What is inside, and what only looks like it.

use super::*;

/// `home/exports` is the root; `outside` lies beside `home`.
fn folders() -> (tempfile::TempDir, PathBuf, Roots) {
    let temporary = tempfile::tempdir().unwrap();
    let root = temporary.path().join("home/exports");
    fs::create_dir_all(root.join("2026/orders")).unwrap();
    fs::create_dir_all(temporary.path().join("outside")).unwrap();
    fs::write(temporary.path().join("outside/secret.csv"), "password\n1\n").unwrap();
    fs::write(root.join("a.csv"), "a\n1\n").unwrap();
    let roots = Roots::new(std::slice::from_ref(&root), 1000);
    (temporary, root, roots)
}

fn is_admitted(roots: &Roots, path: impl AsRef<Path>) -> bool {
    roots.admit(Relation::Orders, path.as_ref()).is_ok()
}

#[test]
fn files_folders_and_globs_below_a_root_are_admitted() {
    let (_temporary, root, roots) = folders();
    for inside in ["a.csv", "2026", "2026/*/o*.csv", "**/*.csv", "not/yet/there.csv", "2026/../a.csv", "./a.csv", ""] {
        assert!(is_admitted(&roots, root.join(inside)), "{inside}");
    }
}

#[test]
fn a_glob_in_the_current_folder_is_of_that_folder() {
    assert!(is_admitted(&Roots::new(&[PathBuf::from(".")], 1000), "*.csv"));
    assert!(is_admitted(&Roots::new(&[PathBuf::new()], 1000), "./*.csv"));
    assert!(!is_admitted(&Roots::new(&[PathBuf::from("src")], 1000), "*.csv"));
}

#[test]
fn what_leads_out_is_refused_whether_or_not_it_exists() {
    let (temporary, root, roots) = folders();
    for outside in [
        "../secret.csv",
        "../../outside/secret.csv",
        "../../outside/*.csv",
        "2026/../../../outside/secret.csv",
        "2026/*/../../../../outside/*.csv",
        "not/there/../../../../outside/secret.csv",
        "../exports-of-others/a.csv",
        "/etc/passwd",
        "/dev/zero",
        "/proc/self/environ",
        "/",
        "/*",
    ] {
        assert!(!is_admitted(&roots, root.join(outside)), "{outside}");
    }
    let hidden = temporary.path().join("outside/nobody-knows.csv");
    let there = roots.admit(Relation::Orders, &temporary.path().join("outside/secret.csv")).unwrap_err();
    let not_there = roots.admit(Relation::Orders, &hidden).unwrap_err();
    assert_eq!(there.code(), not_there.code());
}

#[test]
fn the_engine_is_let_into_the_folders_that_are_admitted_alone() {
    let (temporary, root, roots) = folders();
    let real = root.canonicalize().unwrap();
    let paths = [root.join("a.csv"), root.join("2026/*/o.csv"), temporary.path().join("outside/secret.csv")];
    let folders = roots.readable(paths.iter().map(PathBuf::as_path));
    assert_eq!(folders, [real.clone(), real.join("2026")]);
}

#[cfg(unix)]
#[test]
fn a_link_counts_as_what_it_leads_to() {
    use std::os::unix::fs::symlink;
    let (temporary, root, roots) = folders();
    symlink(temporary.path().join("outside"), root.join("door")).unwrap();
    symlink(temporary.path().join("outside/secret.csv"), root.join("2026/secret.csv")).unwrap();
    symlink(root.join("2026"), root.join("latest")).unwrap();
    for outside in ["door/secret.csv", "door/*.csv", "door", "2026/secret.csv", "door/../../outside/secret.csv"] {
        assert!(!is_admitted(&roots, root.join(outside)), "{outside}");
    }
    // `door/..` is the folder that the link leads out to, whatever the text says.
    assert!(!is_admitted(&roots, root.join("door/../a.csv")));
    assert!(is_admitted(&roots, root.join("latest/orders/*.csv")));
    // A wildcard can match a link; what it leads to is looked at then.
    let found = roots.look_at(Relation::Orders, Path::new("2026/*.csv"), &root.join("2026/secret.csv"));
    assert_eq!(found.unwrap_err().code(), "export-outside-roots");
    // A root that is itself reached by a link, as /tmp is on some machines.
    symlink(temporary.path().join("home"), temporary.path().join("shortcut")).unwrap();
    let roots = Roots::new(&[temporary.path().join("shortcut/exports")], 1000);
    assert!(is_admitted(&roots, root.join("a.csv")));
    assert!(is_admitted(&roots, temporary.path().join("shortcut/exports/a.csv")));
}

#[cfg(unix)]
#[test]
fn only_regular_files_of_bounded_length_are_read() {
    let (_temporary, root, roots) = folders();
    let code = |roots: &Roots, name: &str| {
        roots.look_at(Relation::Orders, Path::new(name), &root.join(name)).map_err(|error| error.code()).err()
    };
    assert_eq!(code(&roots, "a.csv"), None);
    assert_eq!(code(&roots, "2026"), Some("export-not-a-file"));
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket.csv")).unwrap();
    assert_eq!(code(&roots, "socket.csv"), Some("export-not-a-file"));
    let everything = Roots::new(&[PathBuf::from("/")], 1000);
    for device in ["/dev/zero", "/dev/null"] {
        let found = everything.look_at(Relation::Orders, Path::new(device), Path::new(device));
        let text = found.unwrap_err().to_string();
        assert!(text.ends_with("is a device, not a file"), "{text}");
    }
    let long = fs::File::create(root.join("long.csv")).unwrap();
    long.set_len(1001).unwrap();
    assert_eq!(code(&roots, "long.csv"), Some("export-file-too-large"));
}

#[test]
fn the_state_of_lapwing_itself_is_no_export() {
    let (_temporary, root, roots) = folders();
    fs::create_dir_all(root.join(".lapwing/credentials/crm")).unwrap();
    let roots = roots.without(&root.join(".lapwing"));
    assert!(!is_admitted(&roots, root.join(".lapwing/credentials/crm/token.json")));
    assert!(!is_admitted(&roots, root.join(".lapwing/ledger.duckdb")));
    assert!(is_admitted(&roots, root.join("a.csv")));
    // Where everything lies in the state folder, exports do, too.
    assert!(is_admitted(&Roots::new(std::slice::from_ref(&root), 1000).without(&root), root.join("a.csv")));
}
