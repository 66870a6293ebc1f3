//! Tags. Zendesk replaces all tags of a user (recorded), and people, triggers and other tools set tags too. So the tags
//! that begin with Lapwing's prefix are ours to replace, and all others are sent back as they were.

use std::collections::BTreeSet;

use lapwing_contract::{Rejection, Value};

/// Why a value cannot become tags.
pub(crate) fn flaw(value: &Value) -> Option<Rejection> {
    let is_right = match value {
        Value::Text(text) => is_tag(text),
        Value::List(items) => {
            items.iter().all(|item| matches!(item, Value::Text(text) if is_tag(text)) || item.is_null())
        }
        _ => false,
    };
    (!is_right).then(|| {
        Rejection::permanent("invalid_tag", "a tag holds a character that Zendesk would change")
            .with_hint("use letters, digits, and - _ / . : only; spaces become underscores")
    })
}

/// Which characters Zendesk keeps in a tag is *unverified*; these are surely kept.
fn is_tag(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || "-_/.:".contains(c))
}

/// The tags that a value stands for, with the prefix: lower case, spaces as underscores, each once.
pub(crate) fn ours(value: &Value, prefix: &str) -> BTreeSet<String> {
    let texts: Vec<String> = match value {
        Value::List(items) => items.iter().map(Value::to_text).collect(),
        other => vec![other.to_text()],
    };
    let prefix = prefix.to_lowercase();
    let tag = |text: String| {
        let tag = text.to_lowercase().split_whitespace().collect::<Vec<_>>().join("_");
        let is_whole = tag.is_empty() || tag.starts_with(&prefix);
        if is_whole { tag } else { format!("{prefix}{tag}") }
    };
    texts.into_iter().map(tag).filter(|tag| !tag.is_empty()).collect()
}

/// Whether a tag of a user is Lapwing's.
pub(crate) fn is_ours(tag: &str, prefix: &str) -> bool {
    tag.to_lowercase().starts_with(&prefix.to_lowercase())
}

/// What is sent: the tags of others as they are, then ours.
pub(crate) fn merged(there: &[String], value: &Value, prefix: &str) -> Vec<String> {
    let others = there.iter().filter(|tag| !is_ours(tag, prefix)).cloned();
    others.chain(ours(value, prefix)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().map(|item| Value::Text((*item).into())).collect())
    }

    #[test]
    fn ours_are_replaced_and_all_others_are_kept_in_their_order() {
        let there = ["vip", "lapwing_old", "LAPWING_odd", "beta"].map(str::to_owned);
        let merged = merged(&there, &list(&["At Risk", "lapwing_b2b", "at risk"]), "lapwing_");
        assert_eq!(merged, ["vip", "beta", "lapwing_at_risk", "lapwing_b2b"]);
    }

    #[test]
    fn no_value_leaves_the_others_alone() {
        let there = ["vip", "lapwing_old"].map(str::to_owned);
        for nothing in [Value::Null, list(&[]), Value::Text(" ".into())] {
            assert_eq!(merged(&there, &nothing, "lapwing_"), ["vip"]);
        }
    }

    #[test]
    fn a_tag_that_would_be_changed_is_refused() {
        assert_eq!(flaw(&list(&["at risk", "b2b/x", "été"])), None);
        for wrong in [list(&["a,b"]), Value::Text("\"x\"".into()), Value::Int(1)] {
            assert_eq!(flaw(&wrong).unwrap().code, "invalid_tag");
        }
    }
}
