//! Texts of failures that DuckDB meets while it reads rows. DuckDB quotes the value, or the whole line; here nothing is
//! repeated but what is known to be a name, a number or a type.

/// Types that a conversion can fail to reach, as DuckDB spells them in messages.
const TYPES: [&str; 20] = [
    "BOOL",
    "INT8",
    "INT16",
    "INT32",
    "INT64",
    "INT128",
    "UINT8",
    "UINT16",
    "UINT32",
    "UINT64",
    "UINT128",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
    "DATE",
    "TIME",
    "TIMESTAMP",
    "INTERVAL",
    "UUID",
    "JSON",
];

/// A value that could not be converted or computed.
pub(super) fn of_value(prefix: &str, text: &str) -> String {
    match prefix {
        "Conversion" => match target_type(text.lines().next().unwrap_or_default()) {
            Some(target) => format!("a value could not be converted to {target}"),
            None => "a value could not be converted".to_owned(),
        },
        "Range" => "a value is out of range".to_owned(),
        "Input" => "a value is not what a function takes".to_owned(),
        "Constraint" => "a value breaks a constraint of its table".to_owned(),
        _ => "a value could not be computed".to_owned(),
    }
}

fn target_type(line: &str) -> Option<&'static str> {
    if line.starts_with("invalid date field") {
        return Some("DATE");
    }
    if line.starts_with("invalid timestamp field") || line.starts_with("timestamp field value") {
        return Some("TIMESTAMP");
    }
    let last = line.rsplit(' ').next()?;
    TYPES.into_iter().find(|name| *name == last)
}

/// Why the database stopped. What goes wrong with a file is told; anything else could quote a row.
pub(super) fn of_fatal(text: &str) -> String {
    match text.find("Could not write file") {
        Some(start) => text[start..].lines().next().unwrap_or_default().trim_end_matches('"').to_owned(),
        None => "the database stopped after an error of its own".to_owned(),
    }
}

/// A file that could not be read.
pub(super) fn of_input(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    let after = |start: &str| text.lines().find_map(|line| line.trim_start().strip_prefix(start)).map(str::trim);
    if let Some(line) = first.strip_prefix("CSV Error on Line: ") {
        let number: String = line.chars().take_while(char::is_ascii_digit).collect();
        return format!("{}, line {number}: {}", after("file = ").unwrap_or("a CSV file"), csv_reason(text));
    }
    if first.starts_with("Error when sniffing file") {
        let file = first.split('"').nth(1).unwrap_or("a CSV file");
        return format!("{file}: lines differ in their number of values, or a quote is not closed");
    }
    if first.starts_with("Schema mismatch between globbed files") {
        let (file, sibling) = (after("Current file:"), after("Main file schema:"));
        if let (Some(file), Some(sibling), Some(column)) = (file, sibling, after("Column with name:")) {
            let column = column.strip_suffix("is missing").unwrap_or(column).trim().trim_matches('"');
            return format!("{file} has no column `{column}`, which {sibling} has");
        }
    }
    // A failed conversion inside a reader goes on with the value.
    let cut = first.split(": :").next().unwrap_or(first).split(": Could not").next().unwrap_or(first);
    cut.split("Input:").next().unwrap_or(cut).trim().trim_end_matches('.').to_owned()
}

fn csv_reason(text: &str) -> String {
    for line in text.lines() {
        if let Some((expected, found)) =
            line.strip_prefix("Expected Number of Columns: ").and_then(|counts| counts.split_once(" Found: "))
        {
            let is_count = |count: &str| !count.is_empty() && count.chars().all(|c| c.is_ascii_digit());
            if is_count(expected) && is_count(found.trim()) {
                return format!("{} values, where there are {expected} columns", found.trim());
            }
        }
        if line.starts_with("Invalid unicode") {
            return "it is not UTF-8".to_owned();
        }
        if line.starts_with("Value with unterminated quote") {
            return "a quote is not closed".to_owned();
        }
        if line.starts_with("Maximum line size") {
            return "it is longer than a line may be".to_owned();
        }
    }
    "it can't be read".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_repeated_however_it_is_quoted() {
        for text in [
            "Could not convert string 'O'ada@example.com' to INT32",
            "Could not convert string 'x' to ada@example.com",
            "invalid date field format: \"ada@example.com\", expected format is (YYYY-MM-DD)",
            "Could not parse string \"ada@example.com\" according to format specifier \"%Y\"\nada@example.com\n^",
        ] {
            for prefix in ["Conversion", "Range", "Input", "Constraint", ""] {
                assert!(!of_value(prefix, text).contains("ada"), "{prefix}: {text}");
            }
        }
    }

    #[test]
    fn a_broken_line_is_told_by_file_and_number_alone() {
        let text = "CSV Error on Line: 30002\nOriginal Line: 77,ada@example.com,6,7\nExpected Number of Columns: 3 \
                    Found: 4\nPossible fixes:\n* Enable null padding\n\n  file = late.csv\n  delimiter = ,";
        assert_eq!(of_input(text), "late.csv, line 30002: 4 values, where there are 3 columns");
    }

    #[test]
    fn a_file_without_a_column_of_its_siblings_is_named() {
        let text = "Schema mismatch between globbed files.\nMain file schema: a.csv\nCurrent file: c.csv\nColumn with \
                    name: \"name\" is missing\nPotential Fixes";
        assert_eq!(of_input(text), "c.csv has no column `name`, which a.csv has");
    }
}
