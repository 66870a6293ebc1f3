//! One Markdown page a pack, and one that lists them.

use std::fmt::Write as _;

use super::escape::{markdown as text, markdown_cell as cell, markdown_code as code, markdown_prose as prose};
use super::markdown::{pack_part, words};
use super::{Dictionary, PackPart, anchors};

/// Who opens a page must know that changes to it are lost.
const WRITTEN: &str =
    "<!-- Written by `lapwing dictionary --all --output FOLDER`. Change the pack, not this page. -->\n\n";

/// File names and texts, the page that lists the others first.
pub(crate) fn pages(dictionary: &Dictionary) -> Vec<(String, String)> {
    let own = dictionary.packs.iter().map(|pack| (file_name(pack), page(dictionary, pack)));
    [("README.md".to_owned(), list(dictionary))].into_iter().chain(own).collect()
}

fn file_name(pack: &PackPart) -> String {
    format!("{}.md", pack.name)
}

fn page(dictionary: &Dictionary, pack: &PackPart) -> String {
    let mut page = WRITTEN.to_owned();
    pack_part(pack, 1, &anchors(dictionary), &mut page);
    page
}

fn list(dictionary: &Dictionary) -> String {
    let mut page = format!("{WRITTEN}# {}\n\n", text(&dictionary.title));
    page.push_str("One page a pack: what each column means, how it is calculated, and what an empty value says.\n");
    page.push_str("`lapwing dictionary` tells the same of the columns that a sync file delivers, by its settings.\n\n");
    page.push_str("| pack | columns | answers |\n|---|---|---|\n");
    for pack in &dictionary.packs {
        let (name, columns, file) = (code(&pack.name), pack.attributes.len(), file_name(pack));
        // Writing into a text cannot fail.
        let _ = writeln!(page, "| [{name}]({file}) | {columns} | {} |", cell(&prose(&pack.text)));
    }
    page.push_str("\n## Words in formulas\n\n");
    words(dictionary, &mut page);
    page
}
