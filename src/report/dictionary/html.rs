//! The dictionary as one HTML page that needs nothing beside it: no script, no font, no network.

use std::fmt::Write as _;

use super::escape::{html as text, html_prose as prose};
use super::{AttributePart, Dictionary, FieldPart, PackPart, SyncPart, Told, anchor_of, anchors, default_of};
use crate::attributes::Values;
use crate::report::counted;

const STYLE: &str = include_str!("page.css");

type Anchors<'a> = [(&'a str, String)];

// Writing into a text cannot fail, here and below.

pub(crate) fn html(dictionary: &Dictionary) -> String {
    let anchors = anchors(dictionary);
    let title = text(&dictionary.title);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n<p class=\"soft\">{}</p>\n</header>\n\
         <div class=\"page\">\n",
        extent(dictionary)
    );
    contents(dictionary, &mut page);
    page.push_str("<main>\n");
    let mut number = 0;
    for destination in &dictionary.destinations {
        let (name, connector) = (text(&destination.name), text(&destination.connector));
        let _ = writeln!(page, "<section>\n<h2>{name} <span class=\"kind\">{connector}</span></h2>");
        for sync in &destination.syncs {
            number += 1;
            sync_part(sync, number, &anchors, &mut page);
        }
        page.push_str("</section>\n");
    }
    page.push_str("<section>\n");
    if !dictionary.destinations.is_empty() {
        page.push_str("<h2 id=\"all-attributes\">How the attributes are calculated</h2>\n");
    }
    for pack in &dictionary.packs {
        pack_part(pack, &anchors, &mut page);
    }
    words(dictionary, &mut page);
    page.push_str("</section>\n</main>\n</div>\n</body>\n</html>\n");
    page
}

fn extent(dictionary: &Dictionary) -> String {
    let attributes: usize = dictionary.packs.iter().map(|pack| pack.attributes.len()).sum();
    let syncs: Vec<&SyncPart> = dictionary.destinations.iter().flat_map(|destination| &destination.syncs).collect();
    let fields: usize = syncs.iter().map(|sync| sync.fields.len()).sum();
    if syncs.is_empty() {
        return format!("{attributes} attributes of {} packs", dictionary.packs.len());
    }
    let [fields, syncs, attributes] =
        [(fields, "field"), (syncs.len(), "sync"), (attributes, "attribute")].map(|(n, one)| counted(n as u64, one));
    format!("{fields} of {syncs}, made of {attributes}")
}

fn contents(dictionary: &Dictionary, page: &mut String) {
    page.push_str("<nav aria-label=\"Contents\">\n<details open>\n<summary>Contents</summary>\n<ul>\n");
    let mut number = 0;
    for destination in &dictionary.destinations {
        let _ = writeln!(page, "<li>{}\n<ul>", text(&destination.name));
        for sync in &destination.syncs {
            number += 1;
            let _ = writeln!(page, "<li><a href=\"#sync-{number}\">{}</a></li>", text(&sync.name));
        }
        page.push_str("</ul>\n</li>\n");
    }
    let is_part = !dictionary.destinations.is_empty();
    page.push_str(if is_part { "<li><a href=\"#all-attributes\">Attributes</a>\n<ul>\n" } else { "" });
    for pack in &dictionary.packs {
        let _ = writeln!(page, "<li><a href=\"#pack-{}\">{}</a></li>", pack.name, text(&pack.title));
    }
    page.push_str("<li><a href=\"#the-words\">Words in formulas</a></li>\n");
    page.push_str(if is_part { "</ul>\n</li>\n" } else { "" });
    page.push_str("</ul>\n</details>\n</nav>\n");
}

fn words(dictionary: &Dictionary, page: &mut String) {
    page.push_str("<h3 id=\"the-words\">Words in formulas</h3>\n<dl class=\"words\">\n");
    for word in &dictionary.words {
        item(page, word.word, &prose(&word.meaning));
    }
    page.push_str("</dl>\n");
}

fn sync_part(sync: &SyncPart, number: usize, anchors: &Anchors<'_>, page: &mut String) {
    let _ = writeln!(page, "<h3 id=\"sync-{number}\">{}</h3>\n<dl>", text(&sync.name));
    for fact in &sync.facts {
        item(page, fact.label, &fact.shown(text, code));
    }
    page.push_str("</dl>\n");
    for field in &sync.fields {
        field_part(field, anchors, page);
    }
}

fn field_part(field: &FieldPart, anchors: &Anchors<'_>, page: &mut String) {
    let key = if field.is_key { " <span class=\"kind\">key</span>" } else { "" };
    let meaning = text(&field.told.meaning);
    let _ = writeln!(page, "<article>\n<h4>{}{key}</h4>\n<p>{meaning}</p>\n<dl>", code(&field.name));
    let link = |name: &String| {
        let shown = code(name);
        anchor_of(anchors, name).map_or_else(|| shown.clone(), |anchor| format!("<a href=\"#{anchor}\">{shown}</a>"))
    };
    let links: Vec<String> = field.attributes.iter().map(link).collect();
    match field.attributes.as_slice() {
        [name] if *name == field.from => item(page, "From", &links.concat()),
        [] => item(page, "From", &code(&field.from)),
        _ => item(page, "From", &format!("{}, of {}", code(&field.from), links.join(", "))),
    }
    item(page, "Type", &text(&field.told.type_and_unit()));
    item(page, "Empty", &text(field.told.null_in_words()));
    item(page, "Written", &text(&field.written.join(" ")));
    page.push_str("</dl>\n</article>\n");
}

fn pack_part(pack: &PackPart, anchors: &Anchors<'_>, page: &mut String) {
    let (title, about) = (text(&pack.title), prose(&pack.text));
    let _ = writeln!(page, "<h3 id=\"pack-{}\">{title}</h3>\n<p>{about}</p>", pack.name);
    if !pack.parameters.is_empty() {
        parameters(pack, page);
    }
    for attribute in &pack.attributes {
        attribute_part(attribute, anchor_of(anchors, &attribute.name).unwrap_or_default(), page);
    }
}

fn parameters(pack: &PackPart, page: &mut String) {
    if let Some(table) = pack.table {
        let _ = writeln!(page, "<p class=\"soft\">Keys of {}:</p>", code(table));
    }
    page.push_str(
        "<table>\n<thead><tr><th>key</th><th>meaning</th><th>default</th></tr></thead>\n\
         <tbody>\n",
    );
    for parameter in &pack.parameters {
        let default = default_of(parameter, code);
        let (key, meaning) = (code(&parameter.key), prose(&parameter.meaning));
        let _ = writeln!(page, "<tr><td>{key}</td><td>{meaning}</td><td>{default}</td></tr>");
    }
    page.push_str("</tbody>\n</table>\n");
}

fn attribute_part(attribute: &AttributePart, anchor: &str, page: &mut String) {
    let told = &attribute.told;
    let (name, meaning) = (code(&attribute.name), text(&told.meaning));
    let _ = writeln!(page, "<article id=\"{anchor}\">\n<h4>{name}</h4>\n<p>{meaning}</p>\n<dl>");
    item(page, "Type", &text(&told.type_and_unit()));
    item(page, "Formula", &text(&told.formula));
    values(told, page);
    item(page, "Empty", &text(told.null_in_words()));
    page.push_str("</dl>\n</article>\n");
}

fn values(told: &Told, page: &mut String) {
    match &told.values {
        Values::Any => {}
        Values::Range(range) => item(page, "Values", &text(range)),
        Values::Listed(values) => {
            let mut listed = "<div class=\"values\">".to_owned();
            for one in values {
                let _ = write!(listed, "<div>{}</div><div>{}</div>", code(&one.value), text(&one.meaning));
            }
            item(page, "Values", &(listed + "</div>"));
        }
    }
}

fn code(shown: &str) -> String {
    format!("<code>{}</code>", text(shown))
}

fn item(page: &mut String, label: &str, shown: &str) {
    let _ = writeln!(page, "<dt>{label}</dt><dd>{shown}</dd>");
}
