use super::*;

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn nothing_is_visible_before_all_is_written_and_nothing_stays_of_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let error = put(folder.path(), "a.jsonl", "a", |out| {
        out.write_all(b"half of it")?;
        out.flush()?;
        assert_eq!(count(folder.path()), 1);
        assert!(!folder.path().join("a.jsonl").exists());
        Err(io::ErrorKind::StorageFull.into())
    });
    assert!(matches!(error, Err(FolderError::Io(error)) if error.kind() == io::ErrorKind::StorageFull));
    assert_eq!(count(folder.path()), 0);
}

#[test]
fn files_are_compared_to_the_last_byte() {
    let folder = tempfile::tempdir().unwrap();
    let mut long = vec![b'x'; 200_000];
    let put = |content: &[u8]| put(folder.path(), "a.jsonl", "a", |out| out.write_all(content));
    put(&long).unwrap();
    put(&long).unwrap();
    long[199_999] = b'y';
    assert!(matches!(put(&long), Err(FolderError::Taken)));
    long.pop();
    assert!(matches!(put(&long), Err(FolderError::Taken)));
    assert_eq!(count(folder.path()), 1);
}

#[cfg(unix)]
#[test]
fn files_have_the_permissions_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "a.jsonl", "a", |out| out.write_all(b"x")).unwrap();
    fs::write(folder.path().join("ordinary"), "x").unwrap();
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
    assert_eq!(mode("a.jsonl"), mode("ordinary"));
}
