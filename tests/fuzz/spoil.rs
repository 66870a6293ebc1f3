//! Spoiling a good text: pieces cut out, repeated, and put in from elsewhere.

use proptest::prelude::*;

/// Pieces that parsers stumble over.
const PIECES: [&str; 26] = [
    "",
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "-1",
    "0",
    "1e999",
    "99999999999999999999",
    "\"",
    "\\",
    "\u{0}",
    "\r\n",
    "\n",
    ",",
    ";",
    ":",
    "{",
    "}",
    "[",
    "]",
    "\u{feff}",
    "😀",
    "'",
    "<html>",
];

/// One change: from where, how long, and what instead.
type Change = (prop::sample::Index, usize, String);

fn change() -> impl Strategy<Value = Change> {
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned),
        1 => ".{0,20}",
    ];
    (any::<prop::sample::Index>(), 0_usize..30, piece)
}

/// One of the texts with up to `most` changes; without any in some cases.
pub(crate) fn spoiled(texts: Vec<String>, most: usize) -> impl Strategy<Value = String> {
    (prop::sample::select(texts), prop::collection::vec(change(), 0..=most)).prop_map(|(mut text, changes)| {
        for (at, length, piece) in changes {
            let floor = |text: &str, mut at: usize| {
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                at
            };
            let start = floor(&text, at.index(text.len() + 1));
            let end = floor(&text, (start + length).min(text.len())).max(start);
            text.replace_range(start..end, &piece);
        }
        text
    })
}
