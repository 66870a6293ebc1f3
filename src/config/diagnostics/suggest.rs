//! "Did you mean …?"

/// The candidate that `typed` was most likely meant to be, or none where nothing is close.
///
/// Letter case is ignored, and `-`, `_` and blanks count as the same.
pub fn did_you_mean<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A word this long was not mistyped, and comparing takes time in proportion to its length.
    const LONGEST: usize = 100;
    if typed.len() > LONGEST {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace(['-', ' '], "_");
    let typed = plain(typed);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (likeness(&typed, &plain(candidate)), candidate))
        // Below this the guess is more often wrong than right: `fields` and `lists` score 0.70.
        .filter(|(likeness, _)| *likeness >= 0.82)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}

/// From 0, strangers, to 1, the same.
fn likeness(typed: &str, candidate: &str) -> f64 {
    let likeness = strsim::jaro_winkler(typed, candidate);
    // One slip in a short word (`rmf`) costs more there than it should.
    if typed.len() > 2 && strsim::osa_distance(typed, candidate) == 1 { likeness.max(0.9) } else { likeness }
}

/// Names as a sentence lists them: `` `a`, `b` or `c` ``. More than twelve are cut, and counted.
pub fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 12;
    let mut names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if names.len() > SHOWN {
        let hidden = names.len() - SHOWN;
        names.truncate(SHOWN);
        return format!("{} or {hidden} others", names.join(", "));
    }
    match names.pop() {
        None => "nothing".to_owned(),
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} or {last}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_words_are_suggested_and_strangers_are_not() {
        let keys = ["destination", "audience", "order_by", "limit", "on_leave", "fields"];
        assert_eq!(did_you_mean("destnation", keys), Some("destination"));
        assert_eq!(did_you_mean("onLeave", keys), Some("on_leave"));
        assert_eq!(did_you_mean("order-by", keys), Some("order_by"));
        assert_eq!(did_you_mean("rmf", ["rfm", "reach"]), Some("rfm"));
        assert_eq!(did_you_mean("colour", keys), None);
        assert_eq!(did_you_mean("", keys), None);
    }

    #[test]
    fn lists_read_as_a_sentence() {
        assert_eq!(one_of(["a"]), "`a`");
        assert_eq!(one_of(["a", "b", "c"]), "`a`, `b` or `c`");
        assert_eq!(one_of([]), "nothing");
    }
}
