//! Attribute SQL stays in the subset that other engines understand the same way.

use std::path::{Path, PathBuf};

/// Words that other engines don't know, or understand differently. Macros of the dialect stand for what is needed.
const FORBIDDEN: [&str; 36] = [
    "group by all",
    "order by all",
    "qualify",
    "pivot",
    "unpivot",
    "exclude (",
    "replace (",
    "columns(",
    "anti join",
    "semi join",
    "asof join",
    "positional join",
    "median(",
    "quantile",
    "arg_max",
    "arg_min",
    "max_by",
    "min_by",
    "date_diff",
    "datediff",
    "datesub",
    "date_sub",
    "epoch",
    "::",
    "//",
    "list_",
    "array_",
    "struct_",
    "unnest",
    "string_agg",
    "group_concat",
    "hash(",
    "strftime",
    "strptime",
    "ilike",
    "to_json",
];

#[test]
fn attribute_sql_has_no_word_of_one_engine_alone() {
    let mut found = Vec::new();
    for (path, sql) in sources() {
        for word in FORBIDDEN {
            found.extend(sql.contains(word).then(|| format!("{}: {word}", path.display())));
        }
        // A list or a struct in brackets.
        found.extend(sql.contains(['[', '{']).then(|| format!("{}: brackets", path.display())));
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn every_window_says_where_nulls_go() {
    let mut found = Vec::new();
    for (path, sql) in sources() {
        for over in sql.split("over (").skip(1) {
            let window = balanced(over);
            let Some((_, order)) = window.split_once("order by") else { continue };
            let order = order.split(" rows ").next().unwrap_or(order).split(" range ").next().unwrap_or(order);
            for key in top_level_parts(order) {
                if !key.contains("nulls first") && !key.contains("nulls last") {
                    found.push(format!("{}: {}", path.display(), key.trim()));
                }
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_scan_sees_what_it_looks_for() {
    assert!(sources().len() > 15);
    assert_eq!(balanced("order by f(a), b) as x, (c)"), "order by f(a), b");
    assert_eq!(top_level_parts("f(a, b) asc, c"), ["f(a, b) asc", " c"]);
}

/// Every `.sql` file of the attributes but the dialects: in lower case, without comments, texts and line breaks.
fn sources() -> Vec<(PathBuf, String)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/attributes")];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "sql") && !name.starts_with("dialect_") {
                let text = std::fs::read_to_string(&path).unwrap();
                sources.push((path, plain(&text)));
            }
        }
    }
    sources
}

fn plain(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(|line| line.split("--").next().unwrap_or(line).trim()).collect();
    let mut plain = String::new();
    for (part, outside) in lines.join(" ").split('\'').zip([true, false].into_iter().cycle()) {
        plain.push_str(if outside { part } else { "''" });
    }
    let mut without_comments = String::new();
    let mut rest = plain.as_str();
    while let Some((before, after)) = rest.split_once("/*") {
        without_comments.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    without_comments.push_str(rest);
    without_comments.to_lowercase()
}

/// The text up to the bracket that closes it.
fn balanced(text: &str) -> &str {
    let mut depth = 1;
    for (at, character) in text.char_indices() {
        depth += match character {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

fn top_level_parts(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
