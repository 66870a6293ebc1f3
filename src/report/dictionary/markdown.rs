//! The dictionary in Markdown: headings and lists, which read well as they are, too.

use std::fmt::Write as _;

use super::escape::{markdown as text, markdown_cell as cell, markdown_code as code, markdown_prose as prose};
use super::{AttributePart, Dictionary, FieldPart, PackPart, SyncPart, Told, anchor_of, anchors, default_of};
use crate::attributes::Values;
use crate::report::counted;

type Anchors<'a> = [(&'a str, String)];

// Writing into a text cannot fail, here and below.

pub(crate) fn markdown(dictionary: &Dictionary) -> String {
    let anchors = anchors(dictionary);
    let mut page = format!("# {}\n", text(&dictionary.title));
    contents(dictionary, &mut page);
    let mut number = 0;
    for destination in &dictionary.destinations {
        let _ = writeln!(page, "\n## {} ({})", text(&destination.name), text(&destination.connector));
        for sync in &destination.syncs {
            number += 1;
            let _ = writeln!(page, "\n<a id=\"sync-{number}\"></a>");
            sync_part(sync, &anchors, &mut page);
        }
    }
    if !dictionary.destinations.is_empty() {
        page.push_str("\n## How the attributes are calculated\n");
    }
    for pack in &dictionary.packs {
        let _ = writeln!(page, "\n<a id=\"pack-{}\"></a>", pack.name);
        pack_part(pack, 3, &anchors, &mut page);
    }
    page.push_str("\n<a id=\"the-words\"></a>\n### Words in formulas\n\n");
    words(dictionary, &mut page);
    page
}

pub(super) fn words(dictionary: &Dictionary, page: &mut String) {
    for word in &dictionary.words {
        item(page, word.word, &prose(&word.meaning));
    }
}

fn contents(dictionary: &Dictionary, page: &mut String) {
    page.push('\n');
    let mut number = 0;
    for destination in &dictionary.destinations {
        let _ = writeln!(page, "- {} ({})", text(&destination.name), text(&destination.connector));
        for sync in &destination.syncs {
            number += 1;
            let _ = writeln!(
                page,
                "  - [{}](#sync-{number}): {}",
                text(&sync.name),
                counted(sync.fields.len() as u64, "field")
            );
        }
    }
    let (head, indent) = if dictionary.destinations.is_empty() { ("", "") } else { ("- Attributes\n", "  ") };
    page.push_str(head);
    for pack in &dictionary.packs {
        let _ = writeln!(page, "{indent}- [{}](#pack-{})", text(&pack.title), pack.name);
    }
    let _ = writeln!(page, "{indent}- [Words in formulas](#the-words)");
}

fn sync_part(sync: &SyncPart, anchors: &Anchors<'_>, page: &mut String) {
    let _ = writeln!(page, "### {}\n", text(&sync.name));
    for fact in &sync.facts {
        item(page, fact.label, &fact.shown(text, code));
    }
    for field in &sync.fields {
        field_part(field, anchors, page);
    }
}

fn field_part(field: &FieldPart, anchors: &Anchors<'_>, page: &mut String) {
    let key = if field.is_key { " (key)" } else { "" };
    let _ = writeln!(page, "\n#### {}{key}\n\n{}\n", code(&field.name), text(&field.told.meaning));
    let mut links = Vec::new();
    for name in &field.attributes {
        let shown = code(name);
        links.push(anchor_of(anchors, name).map_or_else(|| shown.clone(), |anchor| format!("[{shown}](#{anchor})")));
    }
    match field.attributes.as_slice() {
        [name] if *name == field.from => item(page, "From", &links[0]),
        [] => item(page, "From", &code(&field.from)),
        _ => item(page, "From", &format!("{}, of {}", code(&field.from), links.join(", "))),
    }
    item(page, "Type", &text(&field.told.type_and_unit()));
    item(page, "Empty", &text(field.told.null_in_words()));
    item(page, "Written", &text(&field.written.join(" ")));
}

/// A pack as a part of a page, its heading at `level`.
pub(super) fn pack_part(pack: &PackPart, level: usize, anchors: &Anchors<'_>, page: &mut String) {
    let heading = "#".repeat(level);
    let _ = writeln!(page, "{heading} {}\n\n{}", text(&pack.title), prose(&pack.text));
    if !pack.parameters.is_empty() {
        parameters(pack, page);
    }
    for attribute in &pack.attributes {
        let anchor = anchor_of(anchors, &attribute.name).unwrap_or_default();
        let _ = writeln!(page, "\n<a id=\"{anchor}\"></a>\n{heading}# {}", code(&attribute.name));
        attribute_part(attribute, page);
    }
}

fn parameters(pack: &PackPart, page: &mut String) {
    let table = pack.table.map(|table| format!(" of {}", code(table))).unwrap_or_default();
    let _ = writeln!(page, "\n| key{table} | meaning | default |\n|---|---|---|");
    for parameter in &pack.parameters {
        let cells = [code(&parameter.key), prose(&parameter.meaning), default_of(parameter, code)];
        let _ = writeln!(page, "| {} |", cells.map(|shown| cell(&shown)).join(" | "));
    }
}

fn attribute_part(attribute: &AttributePart, page: &mut String) {
    let told = &attribute.told;
    let _ = writeln!(page, "\n{}\n", text(&told.meaning));
    item(page, "Type", &text(&told.type_and_unit()));
    item(page, "Formula", &text(&told.formula));
    values(told, page);
    item(page, "Empty", &text(told.null_in_words()));
}

fn values(told: &Told, page: &mut String) {
    match &told.values {
        Values::Any => {}
        Values::Range(range) => item(page, "Values", &text(range)),
        Values::Listed(values) => {
            page.push_str("- **Values**:\n");
            for one in values {
                let _ = writeln!(page, "  - {}: {}", code(&one.value), text(&one.meaning));
            }
        }
    }
}

fn item(page: &mut String, label: &str, shown: &str) {
    let _ = writeln!(page, "- **{label}**: {shown}");
}
