//! Tables that fit into 80 columns, and numbers that people can read.

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table};

use crate::config::diagnostics::TextStyle;

/// A table: the first `texts` columns are texts, the others numbers and set to the right. Numbers never wrap; texts do
/// where the table would be wider than the terminal.
pub(super) fn table(head: &[&str], texts: usize, rows: &[Vec<String>], style: TextStyle) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(style.width).unwrap_or(80));
    let align = |column: usize| if column < texts { CellAlignment::Left } else { CellAlignment::Right };
    table.set_header(head.iter().enumerate().map(|(column, text)| Cell::new(text).set_alignment(align(column))));
    for row in rows {
        table.add_row(row.iter().enumerate().map(|(column, text)| Cell::new(text).set_alignment(align(column))));
    }
    // Two blanks between columns are easier to read; one is enough where that keeps names in one line.
    let widest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or(0)
    };
    let needed: usize = (0..head.len()).map(|column| widest(column) + 2).sum();
    let gap = if needed > style.width { 1 } else { 2 };
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, gap));
        if index >= texts {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if text.is_empty() {
        text.push('\n');
    }
    text
}

/// `1234567` as `1,234,567`.
pub(super) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 field`, `2 fields`: `one` is a word whose plural ends in an s.
pub(crate) fn counted(count: u64, one: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {one}{plural}", number(count))
}

/// A text of at most `width` characters in one line; where some are left out, the last one says so. What would move the
/// cursor becomes a blank: names of products come from files.
pub(super) fn shortened(text: &str, width: usize) -> String {
    let visible = text.chars().map(|character| if character.is_control() { ' ' } else { character });
    if text.chars().count() <= width {
        return visible.collect();
    }
    visible.take(width.saturating_sub(1)).chain(['…']).collect()
}

/// A text in lines of at most `width` characters, broken between words; lines after the first are set in.
pub(super) fn wrapped(text: &str, width: usize) -> String {
    const INDENT: &str = "  ";
    let mut lines = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push('\n');
            lines.push_str(INDENT);
            used = INDENT.len();
        } else if used > 0 {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(word);
        used += length;
    }
    lines
}

/// A share as a bar of at most `width` characters, in steps of an eighth where they are blocks. Whatever there is shows.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bar of characters"
)]
pub(super) fn bar(part: u64, whole: u64, width: usize, style: TextStyle) -> String {
    let least = usize::from(part > 0);
    let steps = |of_one: usize| {
        let length = (of_one * width) as f64 * part as f64 / whole.max(1) as f64;
        (length.round() as usize).clamp(least, of_one * width)
    };
    if !style.unicode {
        return "#".repeat(steps(1));
    }
    let eighths = steps(8);
    let mut bar = "█".repeat(eighths / 8);
    bar.push_str(["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]);
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(["0", "999", "1,000", "1,469,307"], [0, 999, 1_000, 1_469_307].map(number));
    }

    #[test]
    fn one_thing_has_no_plural() {
        assert_eq!([0, 1, 2_000].map(|count| counted(count, "job")), ["0 jobs", "1 job", "2,000 jobs"]);
    }

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        let blocks = |part, whole| bar(part, whole, 4, TextStyle::plain());
        assert_eq!(blocks(1, 2), "██");
        assert_eq!(blocks(1, 8), "▌");
        assert_eq!(blocks(5, 32), "▋");
        assert_eq!((blocks(4, 4), blocks(9, 4)), ("████".to_owned(), "████".to_owned()));
    }

    #[test]
    fn nothing_has_no_bar_and_the_least_thing_has_one() {
        let blocks = |part, whole| bar(part, whole, 4, TextStyle::plain());
        assert_eq!([blocks(0, 0), blocks(0, 9), blocks(1, 1_000_000)], ["", "", "▏"]);
    }

    #[test]
    fn without_unicode_a_bar_is_of_signs() {
        let ascii = TextStyle { unicode: false, ..TextStyle::plain() };
        assert_eq!(
            [(0, 9), (1, 1_000), (1, 2), (9, 9)].map(|(part, whole)| bar(part, whole, 4, ascii)),
            ["", "#", "##", "####"]
        );
    }

    #[test]
    fn a_text_that_is_too_long_says_so() {
        assert_eq!([shortened("lapwing", 7), shortened("lapwing", 6)], ["lapwing", "lapwi…"]);
    }

    #[test]
    fn a_long_line_is_broken_between_words() {
        assert_eq!(wrapped("one two three", 8), "one two\n  three");
        assert_eq!(wrapped("", 8), "");
        assert_eq!(wrapped("unbreakable", 3), "unbreakable");
    }

    #[test]
    fn no_name_from_a_file_moves_the_cursor() {
        assert_eq!([shortened("a\nb\u{1b}[2J", 9), shortened("a\tbcd", 4)], ["a b [2J", "a b…"]);
    }
}
