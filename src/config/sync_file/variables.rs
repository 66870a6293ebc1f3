//! `${VAR}` in string values: syntax, and replacement. `$${` stands for `${` itself. Keys are never replaced.

use std::ops::Range;

/// A way to look variables up.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Text to keep.
    Literal(&'a str),
    /// `$${`, which stands for `${`.
    Escape,
    /// The name in `${NAME}`.
    Variable(&'a str),
}

/// A `${` that does not begin a variable.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadVariable {
    /// What is wrong.
    pub message: &'static str,
    /// The bytes of the text it is about.
    pub range: Range<usize>,
}

/// Takes a text apart. A text without `$` is one part.
pub(super) fn parts(text: &str) -> Result<Vec<Part<'_>>, BadVariable> {
    let mut parts = Vec::new();
    let mut rest = 0;
    while let Some(found) = text[rest..].find("${") {
        let at = rest + found;
        if at > rest && text.as_bytes()[at - 1] == b'$' {
            parts.push(Part::Literal(&text[rest..at - 1]));
            parts.push(Part::Escape);
            rest = at + 2;
            continue;
        }
        let Some(length) = text[at..].find('}') else {
            return Err(BadVariable { message: "`${` without a closing `}`", range: at..text.len() });
        };
        let name = &text[at + 2..at + length];
        if let Some(message) = bad_name(name) {
            return Err(BadVariable { message, range: at..at + length + 1 });
        }
        parts.push(Part::Literal(&text[rest..at]));
        parts.push(Part::Variable(name));
        rest = at + length + 1;
    }
    parts.push(Part::Literal(&text[rest..]));
    parts.retain(|part| *part != Part::Literal(""));
    Ok(parts)
}

fn bad_name(name: &str) -> Option<&'static str> {
    let mut characters = name.chars();
    match characters.next() {
        None => Some("`${}` names no variable"),
        Some(first) if !(first.is_ascii_alphabetic() || first == '_') => {
            Some("the name of a variable starts with a letter or `_`")
        }
        Some(_) if !characters.all(|other| other.is_ascii_alphanumeric() || other == '_') => {
            Some("the name of a variable has only letters, digits and `_`")
        }
        Some(_) => None,
    }
}

/// Whether a text is one variable and nothing else.
pub(super) fn is_one_variable(text: &str) -> bool {
    matches!(parts(text).as_deref(), Ok([Part::Variable(_)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_are_taken_apart() {
        use Part::{Escape, Literal, Variable};
        assert_eq!(parts("a ${B}c"), Ok(vec![Literal("a "), Variable("B"), Literal("c")]));
        assert_eq!(parts("$${A} $5 $"), Ok(vec![Escape, Literal("A} $5 $")]));
        assert_eq!(parts(""), Ok(vec![]));
        assert_eq!(parts("${A"), Err(BadVariable { message: "`${` without a closing `}`", range: 0..3 }));
        assert_eq!(parts("x${}").unwrap_err().range, 1..4);
        assert_eq!(parts("${A:-b}").unwrap_err().message, "the name of a variable has only letters, digits and `_`");
    }

    #[test]
    fn one_variable_is_told_from_more() {
        assert!(is_one_variable("${KEY}"));
        assert!(!is_one_variable("Bearer ${KEY}"));
        assert!(!is_one_variable("$${KEY}"));
    }

    proptest! {
        #[test]
        fn any_text_is_taken_apart_without_loss(text in "[${}A-Zé_ ]{0,20}") {
            if let Ok(parts) = parts(&text) {
                let joined: String = parts.iter().map(|part| match part {
                    Part::Literal(text) => (*text).to_owned(),
                    Part::Escape => "$${".to_owned(),
                    Part::Variable(name) => format!("${{{name}}}"),
                }).collect();
                prop_assert_eq!(joined, text);
            }
        }
    }
}
