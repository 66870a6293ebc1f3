//! A preset looked at before anybody decides for it.

use crate::attributes::{PackSettings, RfmSettings, ScoreMethod};
use crate::segments::preset_bins;

use super::input::Input;

/// The same input with the segments of a preset and what they take, and nothing else: the scores, as many as the preset
/// is made for. Cut points for another number of scores can't be used, so that quantiles stand in for them.
pub(super) fn instead(input: Input, preset: &str) -> Input {
    let mut input = input;
    let settings = &mut input.attributes;
    settings.segments.clear();
    let mut rfm = settings.attributes.rfm.take().unwrap_or_default();
    let bins = preset_bins(preset).unwrap_or(rfm.bins);
    if bins != rfm.bins {
        rfm = RfmSettings { bins, method: ScoreMethod::Quantiles, thresholds: None, ..rfm };
    }
    rfm.segments = Some(preset.to_owned());
    let excluded_statuses = std::mem::take(&mut settings.attributes.excluded_statuses);
    settings.attributes = PackSettings { rfm: Some(rfm), excluded_statuses, ..PackSettings::default() };
    input
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use crate::attributes::AttributeSettings;

    use super::*;

    fn rfm(toml: &str, preset: &str) -> RfmSettings {
        let attributes: AttributeSettings = toml::from_str(toml).unwrap();
        let input = Input { exports: Vec::new(), attributes, tables: Vec::new(), as_of: DateTime::UNIX_EPOCH };
        let settings = instead(input, preset).attributes;
        assert!(settings.rules().is_ok() && settings.segments.is_empty() && settings.attributes.promo.is_none());
        settings.attributes.rfm.unwrap()
    }

    #[test]
    fn a_preset_gets_the_scores_that_it_is_made_for() {
        let own = "[[segments]]\nname = \"Late\"\nwhen = \"lateness_ratio > 2\"\n[attributes.promo]";
        assert_eq!(rfm(own, "grid6").bins, 6);
        assert_eq!(rfm("[attributes.rfm]\nbins = 6\nties = \"ntile\"", "classic").bins, 5);
    }

    #[test]
    fn cut_points_stay_where_they_fit() {
        let cut = "[attributes.rfm]\nmethod = \"thresholds\"\nthresholds = { recency_days = [10, 20, 30, 40], frequency \
                   = [2, 3, 4, 5], monetary = [1, 2, 3, 4] }";
        assert_eq!(rfm(cut, "cells").method, ScoreMethod::Thresholds);
        assert_eq!((rfm(cut, "grid6").method, rfm(cut, "grid6").thresholds), (ScoreMethod::Quantiles, None));
    }
}
