//! Texts in SQL: spellings that count as one, and hashes.

use crate::config::sync_file::Spelling;

/// What counts as white space: that of ASCII, and Unicode's separators.
const SPACE: &str = r"[\s\p{Z}]";

/// An expression that is equal for two texts where they differ in nothing but their spelling.
pub(super) fn spelt(text: &str, spelling: Spelling) -> String {
    let mut sql = text.to_owned();
    if spelling.whitespace {
        sql = format!("trim(regexp_replace({sql}, '{SPACE}+', ' ', 'g'))");
    }
    if spelling.case {
        sql = format!("lower({sql})");
    }
    sql
}

/// SHA-256 of a text, in lower-case hexadecimal. Trimmed and in lower case first, so that every spelling of an address has
/// one hash. A blank text has none: its hash would be one value that many share.
pub(super) fn hashed(text: &str) -> String {
    let trimmed = format!("regexp_replace(CAST({text} AS VARCHAR), '^{SPACE}+|{SPACE}+$', '', 'g')");
    format!("sha256(nullif(lower({trimmed}), ''))")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Engine, EngineError, EngineOptions};

    async fn texts(select: String) -> Vec<Option<String>> {
        let engine = Engine::open(EngineOptions { threads: Some(1), ..EngineOptions::default() }).await.unwrap();
        let rows = move |session: &mut crate::engine::Session| session.rows(&select, &[], |row| row.text(0));
        engine.run::<_, EngineError>(rows).await.unwrap()
    }

    #[tokio::test]
    async fn every_spelling_of_an_address_has_one_hash_and_a_blank_one_has_none() {
        let hash = hashed("t");
        let addresses = "(' Ada@Example.COM' || chr(160)), ('ada@example.com'), (' '), (NULL)";
        let found = texts(format!("SELECT {hash} FROM (VALUES {addresses}) AS v(t)")).await;
        // As `printf %s ada@example.com | sha256sum` says.
        let ada = Some("b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72".to_owned());
        assert_eq!(found, [ada.clone(), ada, None, None]);
    }

    #[tokio::test]
    async fn only_the_spelling_that_is_meant_is_ignored() {
        let both = Spelling { case: true, whitespace: true };
        let case = Spelling { whitespace: false, ..both };
        for (spelling, expected) in [(both, "san josé"), (case, " san\u{a0} josé ")] {
            let sql = format!("SELECT {} FROM (VALUES (' San' || chr(160) || ' José ')) AS v(t)", spelt("t", spelling));
            assert_eq!(texts(sql).await, [Some(expected.to_owned())]);
        }
    }
}
