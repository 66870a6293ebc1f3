//! The presets that come with the program: data, in `presets.toml` beside this file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{RuleProblem, RuleProblemKind, SegmentRule};

const PRESETS: &str = include_str!("presets.toml");

/// Their names.
pub const PRESET_NAMES: [&str; 3] = ["cells", "classic", "grid6"];

/// Where the sync file names the preset.
const KEY: &str = "attributes.rfm.segments";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Preset {
    bins: u8,
    rules: Vec<SegmentRule>,
}

fn presets() -> Result<BTreeMap<String, Preset>, RuleProblem> {
    toml::from_str(PRESETS).map_err(|error| problem(RuleProblemKind::PresetFile(error.to_string())))
}

/// The preset to take where the sync file neither names one nor has rules of its own.
pub(crate) fn preset_for_bins(bins: u8) -> Option<&'static str> {
    match bins {
        5 => Some("classic"),
        6 => Some("grid6"),
        _ => None,
    }
}

/// The number of scores that a preset is made for; none where there is no such preset.
pub fn preset_bins(name: &str) -> Option<u8> {
    presets().ok()?.get(name).map(|preset| preset.bins)
}

/// The rules of a preset, where it is made for this number of scores.
pub(super) fn preset_rules(name: &str, bins: u8) -> Result<Vec<SegmentRule>, RuleProblem> {
    let mut presets = presets()?;
    let Some(preset) = presets.remove(name) else {
        return Err(problem(unknown(name, presets.into_keys().collect())));
    };
    if preset.bins == bins {
        Ok(preset.rules)
    } else {
        Err(problem(RuleProblemKind::PresetBins { name: name.to_owned(), needed: preset.bins, bins }))
    }
}

fn unknown(name: &str, known: Vec<String>) -> RuleProblemKind {
    let nearest = known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate.clone());
    RuleProblemKind::UnknownPreset { name: name.to_owned(), nearest, known }
}

fn problem(kind: RuleProblemKind) -> RuleProblem {
    RuleProblem { key: KEY.to_owned(), kind }
}

#[cfg(test)]
mod tests {
    use super::super::Rules;
    use super::*;

    #[test]
    fn every_preset_can_be_read_and_compiled() {
        assert!(presets().unwrap().into_keys().eq(PRESET_NAMES));
        for (name, bins) in [("cells", 5), ("classic", 5), ("grid6", 6)] {
            assert_eq!(preset_bins(name), Some(bins));
            assert!(Rules::new(&[], Some(name), "Other", bins).is_ok(), "{name}");
        }
    }

    #[test]
    fn the_number_of_rules_is_that_of_the_published_grids() {
        assert_eq!(preset_rules("classic", 5).unwrap().len(), 11);
        assert_eq!(preset_rules("cells", 5).unwrap().len(), 11);
        assert_eq!(preset_rules("grid6", 6).unwrap().len(), 9);
    }

    #[test]
    fn a_preset_for_other_bins_is_refused() {
        let problem = preset_rules("grid6", 5).unwrap_err();
        assert_eq!(problem.to_string(), "the preset \"grid6\" is made for bins = 6, and bins is 5");
    }

    #[test]
    fn a_misspelt_preset_is_answered_with_the_nearest_one() {
        assert_eq!(preset_rules("clasic", 5).unwrap_err().hint(), "did you mean \"classic\"?");
        assert_eq!(preset_rules("zzz", 5).unwrap_err().hint(), "the presets are cells, classic, grid6");
    }

    #[test]
    fn the_default_presets_exist() {
        for bins in 2..=9 {
            if let Some(name) = preset_for_bins(bins) {
                assert!(preset_rules(name, bins).is_ok());
            }
        }
    }
}
