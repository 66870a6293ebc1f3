//! Spoiling a good text: pieces cut out, repeated, and put in from elsewhere. libFuzzer does that by itself.
#![cfg_attr(fuzzing, expect(dead_code, reason = "for the runs without libFuzzer"))]

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// Pieces that parsers stumble over.
const PIECES: [&str; 28] = [
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
    "=",
    "\u{feff}",
    "😀",
    "'",
    "<html>",
    "hush@example.com",
    "\n---\n",
];

/// The most changes to one text.
const CHANGES: usize = 6;

/// The longest piece that a change moves.
const PIECE_BYTES: usize = 30;

/// One of the texts with up to [`CHANGES`] changes; with none in some cases.
pub(crate) fn spoiled(texts: &[Vec<u8>], dice: &mut ChaCha8Rng) -> Vec<u8> {
    let mut text = texts.get(below(dice, texts.len())).cloned().unwrap_or_default();
    for _ in 0..below(dice, CHANGES + 1) {
        change(&mut text, texts, dice);
    }
    text
}

fn change(text: &mut Vec<u8>, texts: &[Vec<u8>], dice: &mut ChaCha8Rng) {
    let at = below(dice, text.len() + 1);
    let cut = at..(at + below(dice, PIECE_BYTES)).min(text.len());
    match below(dice, 6) {
        0 => drop(text.drain(cut)),
        1 => {
            let piece = text[cut].to_vec();
            text.splice(at..at, piece);
        }
        2 => {
            let other = texts.get(below(dice, texts.len())).map_or(&[][..], Vec::as_slice);
            let from = below(dice, other.len() + 1);
            let to = (from + below(dice, PIECE_BYTES)).min(other.len());
            text.splice(cut, other[from..to].iter().copied());
        }
        3 => {
            if let Some(byte) = text.get_mut(at) {
                *byte ^= 1 << below(dice, 8);
            }
        }
        _ => {
            let piece = PIECES[below(dice, PIECES.len())];
            text.splice(cut, piece.bytes());
        }
    }
}

/// A number below `limit`; 0 where there is none.
fn below(dice: &mut ChaCha8Rng, limit: usize) -> usize {
    let limit = u64::try_from(limit.max(1)).unwrap();
    usize::try_from(dice.next_u64() % limit).unwrap()
}
