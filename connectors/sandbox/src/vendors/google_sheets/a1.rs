//! A1 notation: `'It''s here'!A2:C`, `Sheet1!1:1`, `Sheet1`.

use serde::{Deserialize, Serialize};

/// A rectangle, rows and columns from 0, ends excluded; an open side has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Area {
    pub(super) first_row: usize,
    pub(super) end_row: Option<usize>,
    pub(super) first_column: usize,
    pub(super) end_column: Option<usize>,
}

impl Area {
    pub(super) fn meets(&self, other: &Self) -> bool {
        let overlap = |first: usize, end: Option<usize>, other_first: usize, other_end: Option<usize>| {
            end.is_none_or(|end| other_first < end) && other_end.is_none_or(|end| first < end)
        };
        overlap(self.first_row, self.end_row, other.first_row, other.end_row)
            && overlap(self.first_column, self.end_column, other.first_column, other.end_column)
    }
}

/// A range as it was written: the tab's title, where one is named, and the area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) title: Option<String>,
    pub(super) area: Area,
}

/// Reads a reference. A text without `!` is a tab's title where `is_title` says so, else cells of the first tab.
pub(super) fn parse(text: &str, is_title: impl Fn(&str) -> bool) -> Option<Reference> {
    let (title, cells) = match quoted(text) {
        Some((title, rest)) => (Some(title), rest.strip_prefix('!').or_else(|| rest.is_empty().then_some(""))?),
        None => match text.rsplit_once('!') {
            Some((title, cells)) => (Some(title.to_owned()), cells),
            None if is_title(text) => (Some(text.to_owned()), ""),
            None => (None, text),
        },
    };
    let area = if cells.is_empty() && title.is_some() { Area::default() } else { area(cells)? };
    Some(Reference { title, area })
}

/// A title in quotes at the start, with its doubled quotes undone, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut title = String::new();
    loop {
        let (before, after) = rest.split_once('\'')?;
        title.push_str(before);
        match after.strip_prefix('\'') {
            Some(more) => {
                title.push('\'');
                rest = more;
            }
            None => return Some((title, after)),
        }
    }
}

fn area(cells: &str) -> Option<Area> {
    let (first, last) = cells.split_once(':').unwrap_or((cells, cells));
    let (first, last) = (corner(first)?, corner(last)?);
    // A single cell has both parts.
    if !cells.contains(':') && (first.0.is_none() || first.1.is_none()) {
        return None;
    }
    // `A:A5` means the same as `A1:A5`; a side without an end is open.
    let area = Area {
        first_row: first.1.unwrap_or(0),
        end_row: last.1.map(|row| row + 1),
        first_column: first.0.unwrap_or(0),
        end_column: last.0.map(|column| column + 1),
    };
    let is_forward = area.end_row.is_none_or(|end| end > area.first_row)
        && area.end_column.is_none_or(|end| end > area.first_column);
    is_forward.then_some(area)
}

/// Column and row of `B7`, `B` or `7`, from 0.
fn corner(text: &str) -> Option<(Option<usize>, Option<usize>)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (column, row) = text.split_at_checked(letters)?;
    if text.is_empty() || column.len() > 3 || row.len() > 9 || !row.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let column = (!column.is_empty()).then(|| {
        column.bytes().fold(0, |number, letter| number * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1) - 1
    });
    let row = if row.is_empty() { None } else { Some(row.parse::<usize>().ok()?.checked_sub(1)?) };
    Some((column, row))
}

/// The name of a column: `A`, `Z`, `AA`.
pub(super) fn column_name(column: usize) -> String {
    let mut name = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        name.push(b'A' + u8::try_from(rest % 26).unwrap_or_default());
        rest /= 26;
    }
    name.iter().rev().map(|letter| char::from(*letter)).collect()
}

/// A range as Google writes it: the title is quoted unless it is made of letters, digits and `_`.
pub(super) fn write(title: &str, rows: (usize, usize), columns: (usize, usize)) -> String {
    let is_plain = title.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let title = if is_plain { title.to_owned() } else { format!("'{}'", title.replace('\'', "''")) };
    let first = format!("{}{}", column_name(columns.0), rows.0 + 1);
    let last = format!("{}{}", column_name(columns.1.max(columns.0 + 1) - 1), rows.1.max(rows.0 + 1));
    if first == last { format!("{title}!{first}") } else { format!("{title}!{first}:{last}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area_of(text: &str) -> Option<(Option<String>, Area)> {
        parse(text, |title| title == "A1 list").map(|reference| (reference.title, reference.area))
    }

    fn area(first_row: usize, end_row: Option<usize>, first_column: usize, end_column: Option<usize>) -> Area {
        Area { first_row, end_row, first_column, end_column }
    }

    #[test]
    fn ranges_are_read_with_quotes_and_open_sides() {
        let named = |title: &str, area| Some((Some(title.to_owned()), area));
        assert_eq!(area_of("'It''s ! here'!B2:C3"), named("It's ! here", area(1, Some(3), 1, Some(3))));
        assert_eq!(area_of("List!1:1"), named("List", area(0, Some(1), 0, None)));
        assert_eq!(area_of("List!AA:AB"), named("List", area(0, None, 26, Some(28))));
        assert_eq!(area_of("List!B5:B"), named("List", area(4, None, 1, Some(2))));
        assert_eq!(area_of("A1 list"), named("A1 list", Area::default()));
        assert_eq!(area_of("'other'"), named("other", Area::default()));
        assert_eq!(area_of("b7"), Some((None, area(6, Some(7), 1, Some(2)))));
        for wrong in ["", "nothing here", "List!A0", "List!B2:A1", "List!AAAA1", "'open", "List!A-1", "List!é1"] {
            assert_eq!(area_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn columns_have_names_and_ranges_are_written_as_they_are_read() {
        assert_eq!([0, 25, 26, 701, 702, 18_277].map(column_name), ["A", "Z", "AA", "ZZ", "AAA", "ZZZ"]);
        assert_eq!(write("It's", (1, 3), (26, 28)), "'It''s'!AA2:AB3");
        assert_eq!(write("Sheet1", (0, 1), (0, 1)), "Sheet1!A1");
    }
}
