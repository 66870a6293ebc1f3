//! The types of settings that are more than a number or a text.

use std::path::PathBuf;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};

/// The most memory for queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryLimit {
    /// A share of the machine's memory, in percent, from 1 to 100.
    Percent(u8),
    /// An amount, in bytes.
    Bytes(u64),
}

impl FromStr for MemoryLimit {
    type Err = &'static str;

    /// Reads `75%`, `2 GiB`, `512MB`, or plain bytes. `KB` and so on are powers of 1000, `KiB` and so on of 1024.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(percent) = text.strip_suffix('%') {
            let percent = percent.trim().parse().map_err(|_| FORM)?;
            return if (1..=100).contains(&percent) { Ok(Self::Percent(percent)) } else { Err(FORM) };
        }
        text.parse().map(|Bytes(bytes)| Self::Bytes(bytes))
    }
}

/// What is wrong with an amount.
const FORM: &str = "not a share or an amount of memory";

/// An amount of memory or of disk, above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bytes(pub(super) u64);

impl FromStr for Bytes {
    type Err = &'static str;

    /// Reads `2 GiB`, `512MB`, or plain bytes, as [`MemoryLimit`] does.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, unit) = text.split_at(text.find(|found: char| !found.is_ascii_digit()).unwrap_or(text.len()));
        let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "kb" => 1000,
            "mb" => 1_000_000,
            "gb" => 1_000_000_000,
            "tb" => 1_000_000_000_000,
            "kib" => 1 << 10,
            "mib" => 1 << 20,
            "gib" => 1 << 30,
            "tib" => 1 << 40,
            _ => return Err(FORM),
        };
        let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
        bytes.filter(|bytes| *bytes > 0).map(Self).ok_or(FORM)
    }
}

impl<'de> Deserialize<'de> for MemoryLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Folders: a list in a file, or one text as in PATH where only a text can be given.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(untagged)]
pub(super) enum Folders {
    Listed(Vec<PathBuf>),
    Joined(String),
}

impl Folders {
    pub(super) fn into_paths(self) -> Vec<PathBuf> {
        match self {
            Self::Listed(paths) => paths,
            Self::Joined(text) => std::env::split_paths(&text).collect(),
        }
    }
}

/// A word, or a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrAuto<T> {
    Auto,
    Given(T),
}

impl<T> OrAuto<T> {
    pub(super) fn given(self) -> Option<T> {
        match self {
            Self::Auto => None,
            Self::Given(value) => Some(value),
        }
    }
}

impl<'de, T: FromStr> Deserialize<'de> for OrAuto<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "auto" {
            return Ok(Self::Auto);
        }
        text.parse().map(Self::Given).map_err(|_| D::Error::custom("neither `auto` nor a value"))
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The least important lines that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Failures only.
    Error,
    /// What somebody should look at.
    Warn,
    /// What was done.
    Info,
    /// Why it was done.
    Debug,
    /// Each step.
    Trace,
}

impl LogLevel {
    /// The word for it, as log filters take it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// Whether to do something that suits terminals only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// On terminals.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

impl When {
    /// The decision, for an output that is a terminal or not.
    pub fn decide(self, is_terminal: bool) -> bool {
        match self {
            Self::Auto => is_terminal,
            Self::Always => true,
            Self::Never => false,
        }
    }
}
