//! Texts from sync files and exports, made harmless for the form that they are put into.

/// A text in HTML, within an element or a quoted attribute.
pub(super) fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(visible(other)),
        }
    }
    escaped
}

/// Prose of ours in HTML, with code between backticks.
pub(super) fn html_prose(text: &str) -> String {
    let part = |(number, part): (usize, &str)| match number % 2 {
        0 => html(part),
        _ => format!("<code>{}</code>", html(part)),
    };
    text.split('`').enumerate().map(part).collect()
}

/// A text in Markdown, within a paragraph or a list.
pub(super) fn markdown(text: &str) -> String {
    let characters: Vec<char> = text.trim().chars().map(visible).collect();
    let mut escaped = String::with_capacity(text.len());
    for (at, character) in characters.iter().copied().enumerate() {
        let before = at.checked_sub(1).map(|before| characters[before]);
        let after = characters.get(at + 1).copied();
        let is_special = match character {
            '\\' | '`' | '[' | ']' | '|' | '~' | '$' => true,
            // What opens no tag may stand.
            '<' => after.is_none_or(|after| after.is_alphabetic() || "/!?".contains(after)),
            // Amid blanks, and within a word, these stand for themselves.
            '*' => before != Some(' ') || after != Some(' '),
            '_' => !(is_word(before) && is_word(after)),
            '&' => is_word(after) || after == Some('#'),
            '#' | '+' | '-' | '>' | '=' => at == 0,
            '.' | ')' => at > 0 && characters[..at].iter().all(char::is_ascii_digit),
            _ => false,
        };
        if is_special {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// Prose of ours in Markdown: code between backticks stays code.
pub(super) fn markdown_prose(text: &str) -> String {
    let part = |(number, part): (usize, &str)| match number % 2 {
        0 => inner(part),
        _ => markdown_code(part),
    };
    text.split('`').enumerate().map(part).collect()
}

/// A part of a sentence keeps the blanks around it.
fn inner(part: &str) -> String {
    let blank = |is_there: bool| if is_there { " " } else { "" };
    let text = if part.trim().is_empty() { String::new() } else { markdown(part) };
    let (before, after) = (part.starts_with(' '), part.ends_with(' ') && !text.is_empty());
    format!("{}{text}{}", blank(before), blank(after))
}

/// A text as code in Markdown, whatever it holds.
pub(super) fn markdown_code(text: &str) -> String {
    let text: String = text.trim().chars().map(visible).collect();
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // A blank keeps a backtick at the edge from joining the fence.
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Markdown as a cell of a table, where a bar would end it even within code.
pub(super) fn markdown_cell(shown: &str) -> String {
    let mut cell = String::with_capacity(shown.len());
    let mut is_escaped = false;
    for character in shown.chars() {
        if character == '|' && !is_escaped {
            cell.push('\\');
        }
        is_escaped = character == '\\' && !is_escaped;
        cell.push(character);
    }
    cell
}

/// A cell that no spreadsheet takes for a formula.
pub(super) fn cell(text: &str) -> String {
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

fn is_word(character: Option<char>) -> bool {
    character.is_some_and(char::is_alphanumeric)
}

/// Line breaks would end the line that a text belongs to.
fn visible(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_has_no_markup_but_ours() {
        assert_eq!(html("<b title='x'>&\"\n"), "&lt;b title=&#39;x&#39;&gt;&amp;&quot; ");
        assert_eq!(html_prose("a `<b>` c"), "a <code>&lt;b&gt;</code> c");
    }

    #[test]
    fn markdown_has_no_markup_but_ours() {
        assert_eq!(
            markdown("a|b [x](y) <b> **c** _d_ `e` ~f~ &amp;"),
            "a\\|b \\[x\\](y) \\<b> \\*\\*c\\*\\* \\_d\\_ \\`e\\` \\~f\\~ \\&amp;"
        );
        assert_eq!(["# a", "- b", "> c", "12. d"].map(markdown), ["\\# a", "\\- b", "\\> c", "12\\. d"]);
        assert_eq!(markdown("one\n# two"), "one # two");
    }

    #[test]
    fn formulas_stay_readable() {
        for formula in ["100 * promo_score / max(recency_days, 1) - 2.5", "r_score <= 2 and f_score < 3"] {
            assert_eq!(markdown(formula), formula);
        }
    }

    #[test]
    fn code_ends_where_it_should() {
        assert_eq!(markdown_code("a || b"), "`a || b`");
        assert_eq!(markdown_cell("`a || b` and c \\| d"), "`a \\|\\| b` and c \\| d");
        assert_eq!(markdown_code("a ` b"), "``a ` b``");
        assert_eq!(markdown_code("`x``"), "``` `x`` ```");
        assert_eq!(markdown_code("a\nb"), "`a b`");
        assert_eq!(markdown_prose("Needs `rfm`, and `x|y`."), "Needs `rfm`, and `x|y`.");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@sum(a1)", " =1", "\t=1"] {
            assert_eq!(cell(text), format!("'{text}"));
        }
        assert_eq!(cell("recency_days - 1"), "recency_days - 1");
    }
}
