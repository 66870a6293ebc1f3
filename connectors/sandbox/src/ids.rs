//! Ids and dice that follow from a seed: the n-th id of a kind is always the same.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A source of ids. It holds no state: callers count, so that a reloaded account goes on where it stood.
#[derive(Debug, Clone, Copy)]
pub struct Ids {
    seed: u64,
}

impl Ids {
    /// Ids that follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The `number`-th UUID (version 4 in form) of a kind of thing.
    pub fn uuid(self, kind: u64, number: u64) -> u128 {
        let mut rng = self.rng(kind, number);
        let bits = u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64());
        let version = bits & !(0xf << 76) | 0x4 << 76;
        version & !(0x3 << 62) | 0x2 << 62
    }

    /// A number below `bound` (or 0), the same for the same kind and number.
    pub fn below(self, kind: u64, number: u64, bound: u64) -> u64 {
        self.rng(kind, number).next_u64().checked_rem(bound).unwrap_or(0)
    }

    fn rng(self, kind: u64, number: u64) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(kind);
        // Four words a number: as much as one UUID takes.
        rng.set_word_pos(u128::from(number) * 4);
        rng
    }
}

/// Writes a UUID the usual way: 8-4-4-4-12, lower case.
pub(crate) fn uuid_text(id: u128) -> String {
    let hex = format!("{id:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Reads a UUID in the usual form; nothing else.
pub(crate) fn parse_uuid(text: &str) -> Option<u128> {
    let dashes_right =
        text.len() == 36 && text.char_indices().all(|(at, c)| (c == '-') == matches!(at, 8 | 13 | 18 | 23));
    let hex: String = text.chars().filter(|c| *c != '-').collect();
    if dashes_right && hex.bytes().all(|b| b.is_ascii_hexdigit()) { u128::from_str_radix(&hex, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_kind_and_number_give_the_same_id_and_others_give_others() {
        let ids = Ids::new(7);
        assert_eq!(ids.uuid(1, 5), Ids::new(7).uuid(1, 5));
        assert_ne!(ids.uuid(1, 5), ids.uuid(1, 6));
        assert_ne!(ids.uuid(1, 5), ids.uuid(2, 5));
        assert_ne!(ids.uuid(1, 5), Ids::new(8).uuid(1, 5));
    }

    #[test]
    fn a_uuid_reads_back_and_says_version_four() {
        let id = Ids::new(7).uuid(1, 5);
        let text = uuid_text(id);
        assert_eq!(parse_uuid(&text), Some(id));
        assert_eq!(&text[14..15], "4");
        assert!(matches!(&text[19..20], "8" | "9" | "a" | "b"), "{text}");
        for wrong in ["", "123", "abc12312-x3y4-1234-abcd-123qwe456rty", "0123456789abcdef0123456789abcdef0123"] {
            assert_eq!(parse_uuid(wrong), None, "{wrong}");
        }
    }
}
