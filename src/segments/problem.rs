//! What can be wrong with a segment rule.

use thiserror::Error;

/// A segment rule, or the choice of a preset, that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind}")]
pub struct RuleProblem {
    /// Where it is in the sync file, such as `segments[2].when` (counted from 0).
    pub key: String,
    /// What is wrong.
    pub kind: RuleProblemKind,
}

/// The kinds of [`RuleProblem`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RuleProblemKind {
    /// No preset has this name.
    #[error("no segment preset is called {name:?}")]
    UnknownPreset {
        /// The name in the sync file.
        name: String,
        /// The preset that was probably meant.
        nearest: Option<String>,
        /// All presets there are.
        known: Vec<String>,
    },
    /// The preset is made for another number of scores.
    #[error("the preset {name:?} is made for bins = {needed}, and bins is {bins}")]
    PresetBins {
        /// The preset.
        name: String,
        /// The number of scores that the preset is made for.
        needed: u8,
        /// The number of scores in the sync file.
        bins: u8,
    },
    /// The presets inside the program cannot be read: a fault of the program, not of the sync file.
    #[error("the built-in segment presets cannot be read: {0}")]
    PresetFile(String),
    /// A rule without a name.
    #[error("a segment has no name")]
    NoName,
    /// A rule with both `when` and `cells`, or with neither.
    #[error("the segment {name:?} has {}", if *.both { "both `when` and `cells`" } else { "neither `when` nor `cells`" })]
    OneCondition {
        /// The segment.
        name: String,
        /// Whether both are there, rather than none.
        both: bool,
    },
    /// A cell pattern that is not three positions of digits, x or brackets.
    #[error("{pattern:?} is no cell pattern: {reason}")]
    Pattern {
        /// The pattern as written.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An expression that cannot be put into a query as one condition.
    #[error("the condition of the segment {name:?} {reason}")]
    Expression {
        /// The segment.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl RuleProblem {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match &self.kind {
            RuleProblemKind::UnknownPreset { nearest: Some(nearest), .. } => format!("did you mean {nearest:?}?"),
            RuleProblemKind::UnknownPreset { known, .. } => format!("the presets are {}", known.join(", ")),
            RuleProblemKind::PresetBins { needed, .. } => {
                format!("set bins = {needed} in [attributes.rfm], or choose another preset")
            }
            RuleProblemKind::PresetFile(_) => "please report this; own [[segments]] rules still work".to_owned(),
            RuleProblemKind::NoName => "give it a name: that is what customers of the segment get".to_owned(),
            RuleProblemKind::OneCondition { .. } => {
                "a segment needs one of them: when = \"r_score >= 4\" or cells = \"5xx 4[45]x\"".to_owned()
            }
            RuleProblemKind::Pattern { .. } => {
                "write r, f and m as a digit, x for any, or a choice in brackets: 155, 3xx, [45]5x".to_owned()
            }
            RuleProblemKind::Expression { .. } => {
                "write one condition, such as r_score <= 2 and fxm_score >= 5".to_owned()
            }
        }
    }
}
