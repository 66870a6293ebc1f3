//! When a field is written, in sentences.

use lapwing_contract::{FieldType, NullPolicy, WritePolicy};

use crate::config::sync_file::Field;

/// The sentences of a field. All of its policies are named here: a new one must be told to be compiled.
pub(super) fn sentences(field: &Field, field_type: &FieldType, can_be_empty: bool) -> Vec<String> {
    let Field { name: _, from: _, tolerance, null, write, trigger } = field;
    let measured = tolerance.filter(|size| *size > 0.0).and_then(|size| match field_type {
        FieldType::Date => Some(format!("{size} day{}", if size > 1.0 { "s" } else { "" })),
        FieldType::Int | FieldType::Decimal | FieldType::Float => Some(size.to_string()),
        _ => None,
    });
    let mut sentences = vec![match (write, measured) {
        (WritePolicy::OnCreate, _) => "Once, together with a new record.".to_owned(),
        (WritePolicy::IfEmpty, _) => "Where the destination has nothing in it.".to_owned(),
        (WritePolicy::Always, Some(size)) => {
            format!("Where it moved by more than {size} since it was last confirmed.")
        }
        (WritePolicy::Always, None) => "Where it differs from what was last confirmed.".to_owned(),
    }];
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
    }

    #[test]
    fn a_tolerance_that_does_nothing_is_not_told() {
        for (policies, field_type) in [(", tolerance = 0", FieldType::Int), (", tolerance = 3", FieldType::Text)] {
            assert!(told(policies, &field_type).starts_with("Where it differs"), "{policies}");
        }
    }
}
