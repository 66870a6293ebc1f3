//! Layers, origins, and what is said about mistakes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{LogFormat, MemoryLimit, SettingOrigin, Settings, SettingsInput, When, find_file};
use crate::config::diagnostics::{Diagnostics, TextStyle};

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn load(
    file: Option<&Path>,
    pairs: &[(&str, &str)],
    flags: &[(&str, String)],
) -> Result<(Settings, Diagnostics), Diagnostics> {
    Settings::load(SettingsInput { folder: Path::new("conf"), file, variables: &variables(pairs), flags })
}

fn user_file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lapwing.toml"), text).unwrap();
    let path = find_file(folder.path()).unwrap();
    (folder, path)
}

fn origin(settings: &Settings, key: &str) -> SettingOrigin {
    settings.entries().iter().find(|entry| entry.key == key).unwrap().origin.clone()
}

#[test]
fn defaults_are_complete_and_in_the_order_of_their_file() {
    let (settings, warnings) = load(None, &[("HOME", "/root")], &[]).unwrap();
    assert!(warnings.is_empty());
    assert_eq!(settings.state_folder, Path::new("conf/.lapwing"));
    assert_eq!(settings.temp_folder, Path::new("conf/.lapwing/tmp"));
    assert_eq!(settings.memory_limit, MemoryLimit::Percent(75));
    assert_eq!(settings.threads, None);
    assert_eq!(settings.retry.max_attempts, 6);
    assert_eq!(settings.retry.deadline, Duration::from_secs(600));
    assert_eq!(settings.retry.first_wait, Duration::from_millis(500));
    let keys: Vec<_> = settings.entries().iter().map(|entry| entry.key.as_str()).collect();
    insta::assert_snapshot!(keys.join(" "), @"state_folder exports.roots exports.max_file_size engine.memory_limit engine.threads engine.time_limit engine.temp_folder log.format log.level retry.max_attempts retry.deadline retry.first_wait retry.longest_wait output.colours output.progress");
}

#[test]
fn folders_start_where_they_are_named() {
    let (settings, _) = load(None, &[], &[]).unwrap();
    assert_eq!(settings.export_roots, [Path::new("conf/.")]);
    let (folder, file) = user_file("[exports]\nroots = [\"warehouse\", \"/data\"]\nmax_file_size = \"1 KiB\"\n");
    let (settings, _) = load(Some(&file), &[], &[]).unwrap();
    assert_eq!(settings.export_roots, [folder.path().join("warehouse"), PathBuf::from("/data")]);
    assert_eq!(settings.max_file_bytes, 1024);
    let joined = std::env::join_paths(["/a", "b"]).unwrap().into_string().unwrap();
    let (settings, _) = load(Some(&file), &[("LAPWING_EXPORTS__ROOTS", &joined)], &[]).unwrap();
    assert_eq!(settings.export_roots, [Path::new("/a"), Path::new("b")]);
    for wrong in ["[exports]\nroots = []\n", "[exports]\nroots = [\"\"]\n", "[exports]\nroots = 3\n"] {
        let (_folder, file) = user_file(wrong);
        assert!(load(Some(&file), &[], &[]).is_err(), "{wrong}");
    }
}

#[test]
fn the_later_layer_wins_and_origins_are_kept() {
    let (folder, file) = user_file(
        "state_folder = \"state\"\n[retry]\nmax_attempts = 3\nlongest_wait = \"2m\"\n[log]\nlevel = \"warn\"\n",
    );
    let pairs =
        [("LAPWING_RETRY__MAX_ATTEMPTS", "4"), ("LAPWING_LOG__FORMAT", "json"), ("LAPWING_ENGINE__THREADS", "2")];
    let flags = [("log.format", "text".to_owned()), ("output.colours", "never".to_owned())];
    let (settings, _) = load(Some(&file), &pairs, &flags).unwrap();
    assert_eq!(settings.state_folder, folder.path().join("state"));
    assert_eq!((settings.retry.max_attempts, settings.threads), (4, Some(2)));
    assert_eq!(settings.retry.longest_wait, Duration::from_secs(120));
    assert_eq!((settings.log_format, settings.colours), (LogFormat::Text, When::Never));
    assert_eq!(origin(&settings, "retry.max_attempts"), SettingOrigin::Variable("LAPWING_RETRY__MAX_ATTEMPTS".into()));
    assert_eq!(origin(&settings, "log.level"), SettingOrigin::File(file));
    assert_eq!(origin(&settings, "log.format"), SettingOrigin::Flag);
    assert_eq!(origin(&settings, "engine.memory_limit"), SettingOrigin::Default);
}

#[test]
fn every_mistake_of_every_layer_is_reported() {
    let (folder, file) = user_file("max_attempts = 3\nstate_foldr = \"x\"\n[retry]\ndeadline = \"soon\"\n");
    let pairs = [("LAPWING_RETRY__MAX_ATTEMPTS", "many"), ("LAPWING_LOG__LEVLE", "debug"), ("LAPWING_API_KEY", "x")];
    let diagnostics = load(Some(&file), &pairs, &[]).unwrap_err();
    let text = diagnostics.to_text(TextStyle::plain()).replace(&folder.path().display().to_string(), "conf");
    insta::assert_snapshot!(text, @r#"
    error[bad-setting]: the setting `retry.max_attempts` (from the variable
    │ `LAPWING_RETRY__MAX_ATTEMPTS`) must be a whole number from 1 to 100

    warning[unknown-setting]: the variable `LAPWING_LOG__LEVLE` is no setting
    help: did you mean `LAPWING_LOG__LEVEL`?

    error[unknown-setting]: unknown setting `max_attempts`
      ╭─[conf/lapwing.toml:1:16]
    1 │ max_attempts = 3
      ·                ─
      ╰────
    help: did you mean `retry.max_attempts`?

    error[unknown-setting]: unknown setting `state_foldr`
      ╭─[conf/lapwing.toml:2:15]
    2 │ state_foldr = "x"
      ·               ───
      ╰────
    help: did you mean `state_folder`?

    error[bad-setting]: the setting `retry.deadline` must be a duration above
    │ zero, such as "30s" or "5m"
      ╭─[conf/lapwing.toml:4:12]
    4 │ deadline = "soon"
      ·            ──────
      ╰────
    "#);
}

#[test]
fn amounts_of_memory_are_read() {
    for (text, bytes) in [("2 GiB", 2_147_483_648), ("512MB", 512_000_000), ("10", 10), ("1kib", 1024)] {
        assert_eq!(text.parse(), Ok(MemoryLimit::Bytes(bytes)));
    }
    for text in ["", "0", "101%", "0%", "2 apples", "-1", "99999999999 TiB", "%"] {
        assert!(text.parse::<MemoryLimit>().is_err(), "{text}");
    }
}
