//! Cell patterns: `155`, `3xx`, `[45]5x`.

/// Which scores a pattern accepts in each of the positions r, f and m; an empty list accepts any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CellPattern {
    positions: [Vec<u8>; 3],
}

const SCORES: [&str; 3] = ["r_score", "f_score", "m_score"];

impl CellPattern {
    /// Reads one pattern for scores of 1 to `bins`, or says what is wrong with it.
    pub(super) fn parse(text: &str, bins: u8) -> Result<Self, String> {
        let mut positions = Vec::with_capacity(3);
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            positions.push(match character {
                'x' | 'X' => Vec::new(),
                '[' => choice(&mut characters, bins)?,
                other => vec![score(other, bins)?],
            });
        }
        let found = positions.len();
        let positions = positions.try_into().map_err(|_| format!("it has {found} positions instead of 3"))?;
        Ok(Self { positions })
    }

    /// The pattern as an SQL condition on the three scores.
    pub(super) fn condition(&self) -> String {
        let parts: Vec<String> =
            SCORES.iter().zip(&self.positions).filter_map(|(column, accepted)| accepts(column, accepted)).collect();
        if parts.is_empty() { "r_score is not null".to_owned() } else { parts.join(" and ") }
    }

    /// The cell itself, where the pattern is a single one such as `155`.
    pub(super) fn single_cell(&self) -> Option<String> {
        self.positions
            .iter()
            .map(|accepted| match accepted.as_slice() {
                [score] => Some(score.to_string()),
                _ => None,
            })
            .collect()
    }
}

fn accepts(column: &str, accepted: &[u8]) -> Option<String> {
    match accepted {
        [] => None,
        [score] => Some(format!("{column} = {score}")),
        scores => {
            let list: Vec<String> = scores.iter().map(u8::to_string).collect();
            Some(format!("{column} in ({})", list.join(", ")))
        }
    }
}

fn choice(characters: &mut std::str::Chars<'_>, bins: u8) -> Result<Vec<u8>, String> {
    let mut scores = Vec::new();
    for character in characters.by_ref() {
        if character == ']' {
            return if scores.is_empty() { Err("its brackets are empty".to_owned()) } else { Ok(scores) };
        }
        let score = score(character, bins)?;
        if !scores.contains(&score) {
            scores.push(score);
        }
    }
    Err("a bracket is not closed".to_owned())
}

fn score(character: char, bins: u8) -> Result<u8, String> {
    character
        .to_digit(10)
        .and_then(|digit| u8::try_from(digit).ok())
        .filter(|digit| (1..=bins).contains(digit))
        .ok_or_else(|| format!("{character:?} is not a score from 1 to {bins}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(text: &str) -> String {
        CellPattern::parse(text, 5).unwrap().condition()
    }

    #[test]
    fn a_digit_is_one_score_an_x_any_and_brackets_are_a_choice() {
        assert_eq!(condition("155"), "r_score = 1 and f_score = 5 and m_score = 5");
        assert_eq!(condition("3xx"), "r_score = 3");
        assert_eq!(condition("[45]5x"), "r_score in (4, 5) and f_score = 5");
    }

    #[test]
    fn three_times_any_still_asks_for_a_customer_with_scores() {
        assert_eq!(condition("xxx"), "r_score is not null");
    }

    #[test]
    fn a_score_beyond_the_bins_is_refused() {
        assert!(CellPattern::parse("611", 5).unwrap_err().contains("not a score from 1 to 5"));
        assert!(CellPattern::parse("611", 6).is_ok());
        assert!(CellPattern::parse("011", 5).is_err());
    }

    #[test]
    fn a_pattern_has_exactly_three_positions_and_closed_brackets() {
        assert!(CellPattern::parse("15", 5).is_err());
        assert!(CellPattern::parse("1555", 5).is_err());
        assert!(CellPattern::parse("[45x", 5).is_err());
        assert!(CellPattern::parse("[]55", 5).is_err());
        assert!(CellPattern::parse("[4555", 5).unwrap_err().contains("not closed"));
    }

    #[test]
    fn only_a_plain_cell_is_a_single_cell() {
        assert_eq!(CellPattern::parse("155", 5).unwrap().single_cell().as_deref(), Some("155"));
        assert_eq!(CellPattern::parse("15x", 5).unwrap().single_cell(), None);
    }
}
