//! A look at the words of a user's SQL condition: which columns it may mention, and whether it is one condition.
//!
//! This is no SQL parser: the engine binds the condition and has the last word. It only makes sure that a condition
//! stays inside the parentheses it is put in, and finds the words that could be columns.

use std::collections::BTreeSet;

/// What SQL itself says in conditions: never a column.
const KEYWORDS: [&str; 31] = [
    "and", "as", "between", "bigint", "boolean", "case", "cast", "date", "decimal", "distinct", "double", "else",
    "end", "escape", "false", "from", "ilike", "in", "integer", "interval", "is", "like", "not", "null", "or",
    "similar", "then", "to", "true", "varchar", "when",
];

/// The words of a condition that can be columns: bare ones in lower case, quoted ones as they are. Names of functions
/// and words of SQL itself are left out.
pub(super) fn words(sql: &str) -> Result<BTreeSet<String>, &'static str> {
    let mut words = BTreeSet::new();
    let mut depth = 0_i32;
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '\'' => &rest[quoted(rest, '\'')?..],
            '"' => {
                let end = quoted(rest, '"')?;
                words.insert(rest[1..end - 1].replace("\"\"", "\""));
                &rest[end..]
            }
            _ if starts_word(first) => {
                let end = rest.find(|c| !continues_word(c)).unwrap_or(rest.len());
                if !calls(&rest[end..]) {
                    words.insert(rest[..end].to_lowercase());
                }
                &rest[end..]
            }
            _ if first.is_ascii_digit() => &rest[rest.find(|c| !continues_word(c)).unwrap_or(rest.len())..],
            _ => {
                depth = parenthesis(first, depth)?;
                separator(rest)?;
                &rest[first.len_utf8()..]
            }
        };
    }
    match (depth, sql.trim().is_empty()) {
        (_, true) => Err("is empty"),
        (0, false) => {
            words.retain(|word| !KEYWORDS.contains(&word.as_str()));
            Ok(words)
        }
        _ => Err("opens a parenthesis that it does not close"),
    }
}

/// Where the quoted text that starts here ends; a doubled quote is part of the text.
fn quoted(text: &str, quote: char) -> Result<usize, &'static str> {
    let mut from = 1;
    while let Some(found) = text[from..].find(quote) {
        let end = from + found + 1;
        if !text[end..].starts_with(quote) {
            return Ok(end);
        }
        from = end + 1;
    }
    Err("opens a quote that it does not close")
}

fn parenthesis(character: char, depth: i32) -> Result<i32, &'static str> {
    match character {
        '(' => Ok(depth + 1),
        ')' if depth == 0 => Err("closes a parenthesis that it did not open"),
        ')' => Ok(depth - 1),
        _ => Ok(depth),
    }
}

fn separator(rest: &str) -> Result<(), &'static str> {
    if rest.starts_with(';') {
        return Err("holds a semicolon");
    }
    if rest.starts_with("--") || rest.starts_with("/*") {
        return Err("holds a comment");
    }
    if rest.starts_with('$') || rest.starts_with('?') {
        return Err("holds a parameter ($ or ?)");
    }
    Ok(())
}

/// Whether a word is called as a function, from what follows it.
fn calls(after: &str) -> bool {
    after.trim_start().starts_with('(')
}

fn starts_word(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

fn continues_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sql: &str) -> Vec<String> {
        words(sql).unwrap().into_iter().collect()
    }

    #[test]
    fn words_are_found_outside_of_texts_and_numbers() {
        assert_eq!(
            found("R_Score <= 2 AND cycle_status = 'late and f_score' or m_score > 1e5"),
            ["cycle_status", "m_score", "r_score"]
        );
    }

    #[test]
    fn functions_and_words_of_sql_are_no_columns() {
        assert_eq!(
            found("coalesce(promo_class, 'x') in ('mixed') and (case when f_score = 1 then true end) is not null"),
            ["f_score", "promo_class"]
        );
    }

    #[test]
    fn quoted_columns_keep_their_case() {
        assert_eq!(found(r#""Tier ""A""" = 1"#), [r#"Tier "A""#]);
    }

    #[test]
    fn a_condition_cannot_leave_its_parentheses() {
        assert!(words("r_score = 1) or (1 = 1").is_err());
        assert!(words("(r_score = 1").is_err());
        assert!(words("r_score = 1; drop table orders").is_err());
        assert!(words("r_score = 1 -- and more").is_err());
        assert!(words("name = 'O''Hara").is_err());
        assert!(words("  ").is_err());
    }

    #[test]
    fn letters_outside_of_ascii_are_no_obstacle() {
        assert_eq!(found("größe > 3 and 'é' = \"Prénom\""), ["Prénom", "größe"]);
    }
}
