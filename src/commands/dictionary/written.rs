//! When a field is written, in sentences.

use lapwing_contract::{FieldType, NullPolicy, WritePolicy};

use crate::config::sync_file::{Field, Hash, Hold, Spelling, Tolerance};

/// The sentences of a field. All of its policies are named here: a new one must be told to be compiled.
pub(super) fn sentences(field: &Field, field_type: &FieldType, can_be_empty: bool) -> Vec<String> {
    let Field { name: _, from: _, tolerance, hold, hash, null, write, trigger } = field;
    let mut sentences = vec![match write {
        WritePolicy::OnCreate => "Once, together with a new record.".to_owned(),
        WritePolicy::IfEmpty => "Where the destination has nothing in it.".to_owned(),
        WritePolicy::Always => tolerance
            .and_then(|tolerance| beyond(tolerance, field_type))
            .unwrap_or_else(|| "Where it differs from what was last confirmed.".to_owned()),
    }];
    if let Some(Hold { runs, margin }) = hold {
        let at_once =
            margin.map_or_else(String::new, |margin| format!(", or at once where it moved by more than {margin}"));
        sentences.push(format!("A change goes out when {runs} runs in a row have found it{at_once}."));
    }
    if let Some(Hash::Sha256) = hash {
        sentences.push("As the SHA-256 of the text, trimmed and in lower case.".to_owned());
    }
    if !trigger {
        sentences.push("Only along with another change of the record.".to_owned());
    }
    match (write, null) {
        (WritePolicy::OnCreate, _) => {}
        _ if !can_be_empty => {}
        (_, NullPolicy::Clear) => sentences.push("An empty value empties it.".to_owned()),
        (_, NullPolicy::Keep) => sentences.push("An empty value leaves what is there.".to_owned()),
    }
    sentences
}

/// What a tolerance lets through, where it says anything for such a field.
fn beyond(tolerance: Tolerance, field_type: &FieldType) -> Option<String> {
    let size = match (tolerance, field_type) {
        (Tolerance::Size(size), _) if size <= 0.0 => return None,
        (Tolerance::Size(size), FieldType::Date) => format!("{size} day{}", if size > 1.0 { "s" } else { "" }),
        (Tolerance::Size(size), FieldType::Int | FieldType::Decimal | FieldType::Float) => size.to_string(),
        (Tolerance::Spelling(Spelling { case, whitespace }), FieldType::Text) => {
            let words = [(case, "upper and lower case"), (whitespace, "white space")];
            let words: Vec<&str> = words.iter().filter(|(on, _)| *on).map(|(_, words)| *words).collect();
            return Some(format!(
                "Where it differs from what was last confirmed by more than {}.",
                words.join(" and ")
            ));
        }
        _ => return None,
    };
    Some(format!("Where it moved by more than {size} since it was last confirmed."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::sync_file::SyncFile;
    use crate::registry::Registry;

    fn field(policies: &str) -> Field {
        let text = format!(
            "version = 1\n[destinations.d]\nconnector = \"file\"\nfolder = \"f\"\n[[syncs]]\nname = \"s\"\n\
             destination = \"d\"\nobject = \"o\"\nkey = {{ id = \"customer_id\" }}\n[syncs.fields]\n\
             x = {{ from = \"a\"{policies} }}\n"
        );
        SyncFile::parse("sync.toml", text, &Registry).file.unwrap().syncs[0].fields[0].clone()
    }

    fn told(policies: &str, field_type: &FieldType) -> String {
        sentences(&field(policies), field_type, true).join(" ")
    }

    #[test]
    fn each_policy_has_its_sentence() {
        let differs = "Where it differs from what was last confirmed.";
        assert_eq!(told("", &FieldType::Text), format!("{differs} An empty value empties it."));
        assert_eq!(sentences(&field(""), &FieldType::Text, false), [differs]);
        assert_eq!(
            told(", tolerance = 1.5, null = \"keep\"", &FieldType::Float),
            "Where it moved by more than 1.5 since it was last confirmed. An empty value leaves what is there."
        );
        assert!(told(", tolerance = 2", &FieldType::Date).contains("more than 2 days since"));
        assert_eq!(told(", write = \"on_create\"", &FieldType::Text), "Once, together with a new record.");
        assert!(told(", write = \"if_empty\"", &FieldType::Text).starts_with("Where the destination has nothing"));
        assert!(told(", trigger = false", &FieldType::Int).contains("Only along with another change"));
        assert!(told(", tolerance = \"case\"", &FieldType::Text).contains("by more than upper and lower case."));
        let held = told(", hold = { runs = 3, margin = 10 }", &FieldType::Int);
        assert!(
            held.contains("when 3 runs in a row have found it, or at once where it moved by more than 10."),
            "{held}"
        );
        assert!(told(", hash = \"sha256\"", &FieldType::Text).contains("As the SHA-256"));
    }

    #[test]
    fn a_tolerance_that_does_nothing_is_not_told() {
        for (policies, field_type) in [(", tolerance = 0", FieldType::Int), (", tolerance = 3", FieldType::Text)] {
            assert!(told(policies, &field_type).starts_with("Where it differs"), "{policies}");
        }
    }
}
