//! A1 notation. Titles always stand in quotes, so that one that looks like a cell is none (recorded).

/// Letters of a column, from 0: `A`, `Z`, `AA`.
pub(crate) fn column_name(column: usize) -> String {
    let mut name = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        name.push(b'A' + u8::try_from(rest % 26).unwrap_or_default());
        rest /= 26;
    }
    name.iter().rev().map(|letter| char::from(*letter)).collect()
}

fn quoted(title: &str) -> String {
    format!("'{}'", title.replace('\'', "''"))
}

/// Cells from row to row and column to column, from 0, ends included.
pub(crate) fn cells(title: &str, rows: (usize, usize), columns: (usize, usize)) -> String {
    let corner = |row: usize, column: usize| format!("{}{}", column_name(column), row + 1);
    let (first, last) = (corner(rows.0, columns.0), corner(rows.1, columns.1));
    let title = quoted(title);
    if first == last { format!("{title}!{first}") } else { format!("{title}!{first}:{last}") }
}

/// Whole columns, from 0, ends included.
pub(crate) fn columns(title: &str, first: usize, last: usize) -> String {
    format!("{}!{}:{}", quoted(title), column_name(first), column_name(last))
}

/// Columns from a row on, all from 0, ends included.
pub(crate) fn columns_below(title: &str, row: usize, first: usize, last: usize) -> String {
    format!("{}!{}{}:{}", quoted(title), column_name(first), row + 1, column_name(last))
}

/// Whole rows, from 0, ends included.
pub(crate) fn rows(title: &str, first: usize, last: usize) -> String {
    format!("{}!{}:{}", quoted(title), first + 1, last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_written_as_google_reads_them() {
        assert_eq!([0, 25, 26, 701, 702, 18_277].map(column_name), ["A", "Z", "AA", "ZZ", "AAA", "ZZZ"]);
        assert_eq!(cells("Ada's list", (1, 9), (0, 27)), "'Ada''s list'!A2:AB10");
        assert_eq!(cells("A1", (0, 0), (0, 0)), "'A1'!A1");
        assert_eq!(columns_below("x", 2, 0, 25), "'x'!A3:Z");
        assert_eq!((columns("x", 2, 2), rows("x", 0, 0)), ("'x'!C:C".to_owned(), "'x'!1:1".to_owned()));
    }
}
