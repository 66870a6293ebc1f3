//! The destination's table in the sync file.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// Writes changes as files into a local folder. Each batch becomes one file that is complete or not there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The folder the files go to. A relative path starts from the sync file's folder and stays below it; write an
    /// absolute path for any other place. It is created where it is missing.
    pub folder: PathBuf,

    /// How the files are written: `jsonl` (one JSON object a line; the default) or `csv`.
    #[serde(default)]
    pub format: Format,

    /// Only for `csv`: puts an apostrophe before texts that a spreadsheet could take for a formula (they begin with
    /// `=`, `+`, `-`, `@`, a tab or a line break) and before texts that begin with an apostrophe. Numbers are left
    /// alone. Default true; switch it off where only programs read the files, or have them strip one apostrophe.
    #[serde(default)]
    pub guard_formulas: Option<bool>,
}

impl Config {
    /// Whether texts are guarded: [`Config::guard_formulas`] with its default.
    pub(crate) fn guards_formulas(&self) -> bool {
        self.guard_formulas.unwrap_or(true)
    }
}

/// How files are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JSON Lines: one JSON object a line, UTF-8.
    #[default]
    Jsonl,
    /// Comma-separated values with a header line, UTF-8.
    Csv,
}

impl Format {
    /// The end of the file names.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_all_that_must_be_given() {
        let config: Config = toml::from_str(r#"folder = "out""#).unwrap();
        assert_eq!(config.format, Format::Jsonl);
        assert!(config.guards_formulas());
    }

    #[test]
    fn unknown_keys_and_formats_are_errors() {
        let unknown = toml::from_str::<Config>("folder = \"out\"\nfromat = \"csv\"").unwrap_err();
        assert!(unknown.message().contains("fromat"), "{unknown}");
        let format = toml::from_str::<Config>("folder = \"out\"\nformat = \"xml\"").unwrap_err();
        assert!(format.message().contains("jsonl"), "{format}");
    }
}
