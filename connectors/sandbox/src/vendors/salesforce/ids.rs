//! Record ids: three characters of the object, twelve of the record, three that make up for lost case.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Follows the prefix in every id of this org.
const INSTANCE: &str = "gL0000";

/// The 18 characters of a record's id.
pub(super) fn record_id(prefix: &str, number: u64) -> String {
    let mut digits = Vec::with_capacity(6);
    let mut rest = number;
    for _ in 0..6 {
        digits.push(DIGITS[usize::try_from(rest % 62).unwrap_or_default()]);
        rest /= 62;
    }
    digits.reverse();
    let mut id = format!("{prefix}{INSTANCE}");
    id.extend(digits.into_iter().map(char::from));
    let check = checksum(&id);
    id.push_str(&check);
    id
}

/// The number of a record, from an id of 15 or 18 characters; none where it is no id of this org.
pub(super) fn number_of(prefix: &str, id: &str) -> Option<u64> {
    let rest = id.strip_prefix(prefix)?.strip_prefix(INSTANCE)?;
    let (digits, check) = rest.split_at_checked(6)?;
    if !check.is_empty() && check != checksum(id.get(..15)?) {
        return None;
    }
    digits.bytes().try_fold(0_u64, |number, byte| {
        let digit = DIGITS.iter().position(|known| *known == byte)?;
        Some(number * 62 + u64::try_from(digit).ok()?)
    })
}

/// One letter for each five characters, whose bits say which of them are upper case.
fn checksum(id: &str) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    let letter = |chunk: &[u8]| {
        let bits = chunk.iter().enumerate().map(|(at, byte)| usize::from(byte.is_ascii_uppercase()) << at);
        char::from(letters[bits.sum::<usize>() & 31])
    };
    id.as_bytes().chunks(5).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_in_both_lengths() {
        let id = record_id("003", 4_711);
        assert_eq!((id.len(), number_of("003", &id)), (18, Some(4_711)));
        assert_eq!(number_of("003", &id[..15]), Some(4_711));
        assert_eq!(number_of("00Q", &id), None);
        assert_eq!(number_of("003", &id[..17]), None);
    }

    #[test]
    fn the_last_three_characters_are_salesforces() {
        // The first chunk has its capital at the fourth place (bit 3: I), the second none, the third at 2, 4 and 5.
        assert_eq!(checksum("001A000000oCgAB"), "IA0");
        assert_eq!(checksum("0013000001Abcde"), "AAB");
    }
}
