//! Field masks: `sheets(properties(sheetId,title),data.rowData)`.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::answers::Refusal;

/// The fields that an answer keeps. One without children keeps everything below.
#[derive(Debug, Default)]
pub(super) struct Mask(BTreeMap<String, Mask>);

impl Mask {
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut rest = text;
        let mask = Self::list(&mut rest);
        match mask {
            Some(mask) if rest.is_empty() => Ok(mask),
            _ => Err(Refusal::invalid("Request contains an invalid argument.").of("fields")),
        }
    }

    /// Reads paths with commas between them, up to the end or a closing bracket.
    fn list(rest: &mut &str) -> Option<Self> {
        let mut mask = Self::default();
        loop {
            Self::path(rest, &mut mask)?;
            match rest.strip_prefix(',') {
                Some(more) => *rest = more,
                None => return Some(mask),
            }
        }
    }

    fn path(rest: &mut &str, into: &mut Self) -> Option<()> {
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '*').unwrap_or(rest.len());
        let (name, more) = rest.split_at(end);
        if name.is_empty() {
            return None;
        }
        *rest = more;
        let below = into.0.entry(name.to_owned()).or_default();
        if let Some(more) = rest.strip_prefix(['.', '/']) {
            *rest = more;
            return Self::path(rest, below);
        }
        if let Some(more) = rest.strip_prefix('(') {
            *rest = more;
            let children = Self::list(rest)?;
            *rest = rest.strip_prefix(')')?;
            below.0.extend(children.0);
        }
        Some(())
    }

    pub(super) fn keep(&self, json: &Json) -> Json {
        if self.0.is_empty() || self.0.contains_key("*") {
            return json.clone();
        }
        match json {
            Json::Array(items) => items.iter().map(|item| self.keep(item)).collect(),
            Json::Object(fields) => {
                let kept = self.0.iter().filter_map(|(name, mask)| Some((name.clone(), mask.keep(fields.get(name)?))));
                Json::Object(kept.collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_named_is_kept() {
        let whole =
            json!({ "id": 1, "sheets": [{ "properties": { "title": "t", "index": 0 }, "data": [{ "x": 1 }] }] });
        let kept = |text: &str| Mask::parse(text).map(|mask| mask.keep(&whole));
        assert_eq!(kept("sheets.properties.title").unwrap(), json!({ "sheets": [{ "properties": { "title": "t" } }] }));
        let both = json!({ "id": 1, "sheets": [{ "data": [{ "x": 1 }], "properties": { "index": 0 } }] });
        assert_eq!(kept("id,sheets(properties(index),data)").unwrap(), both);
        assert_eq!(kept("*").unwrap(), whole);
        for wrong in ["", "a(", "a)", "a,,b", "a.(b)"] {
            assert!(Mask::parse(wrong).is_err(), "{wrong}");
        }
    }
}
