//! From the syncs of a sync file to what the plan and the connectors need.

use lapwing_contract::{Capabilities, Clearing, FieldSpec, FieldType, KeyMatching, NullPolicy, Target};

use crate::config::diagnostics::{Diagnostic, Diagnostics};
use crate::config::sync_file::{self, SqlText, SyncFile};
use crate::engine::{EngineError, Expression, Session};
use crate::plan::{FieldShape, MappedField, SyncSpec};

use super::places;

/// Parses the expressions of a sync. The inner error has all of its mistakes.
pub(super) fn parse(
    session: &Session,
    file: &SyncFile,
    sync: &sync_file::SyncSpec,
) -> Result<Result<SyncSpec, Diagnostics>, EngineError> {
    let mut problems = Diagnostics::new();
    let mut expression = |place: &str, sql: &SqlText, text: &str| -> Result<Option<Expression>, EngineError> {
        match Expression::parse(session, text)? {
            Ok(expression) => Ok(Some(expression)),
            Err(problem) => {
                let message = format!("sync `{}`: `{place}` does not work: {}", sync.name.value, problem.message);
                let finding = Diagnostic::error("sync-expression", message).with_hint_if(problem.hint);
                problems.push(finding.at(places::in_sql(file, sql, problem.position)));
                Ok(None)
            }
        }
    };
    let key = expression("key", &sync.key.from, sync.key.from.as_str())?;
    let audience = match &sync.audience {
        Some(sql) => expression("audience", sql, sql.as_str())?,
        None => None,
    };
    let order_by = match &sync.order_by {
        Some(sql) => {
            let (text, descending) = direction(sql.as_str());
            expression("order_by", sql, text)?.map(|order| (order, descending))
        }
        None => None,
    };
    let mut fields = Vec::with_capacity(sync.fields.len());
    for field in &sync.fields {
        let Some(value) = expression(&field.name.value, &field.from, field.from.as_str())? else { continue };
        fields.push(MappedField {
            name: field.name.value.clone(),
            value,
            tolerance: field.tolerance,
            null: field.null,
            write: field.write,
            trigger: field.trigger,
        });
    }
    let Some(key) = key.filter(|_| !problems.has_errors()) else { return Ok(Err(problems.sorted())) };
    Ok(Ok(SyncSpec {
        name: sync.name.value.clone(),
        destination: sync.destination.value.clone(),
        object: sync.object.value.clone(),
        key_field: sync.key.field.value.clone(),
        mode: sync.mode,
        key,
        fold_key_case: false,
        audience,
        order_by,
        limit: sync.limit,
        on_leave: sync.on_leave,
        keep_first_of_shared_key: sync.on_duplicate_key == sync_file::OnDuplicateKey::First,
        max_attempts: sync.max_attempts,
        has_lists: !sync.lists.is_empty(),
        fields,
    }))
}

/// `monetary desc` orders downwards.
fn direction(order_by: &str) -> (&str, bool) {
    let trimmed = order_by.trim_end();
    let lower = trimmed.to_ascii_lowercase();
    let ends_with =
        |word: &str| lower.ends_with(word) && lower[..lower.len() - word.len()].ends_with(char::is_whitespace);
    if ends_with("desc") {
        (trimmed[..trimmed.len() - 4].trim_end(), true)
    } else if ends_with("asc") {
        (trimmed[..trimmed.len() - 3].trim_end(), false)
    } else {
        (order_by, false)
    }
}

/// Fits a sync to what its destination can do: keys folded where the vendor folds them, nulls kept where it cannot
/// empty a field.
pub(super) fn fit(spec: &mut SyncSpec, shapes: &[FieldShape], capabilities: &Capabilities) {
    spec.fold_key_case = capabilities.key_matching == KeyMatching::CaseInsensitive;
    for (field, shape) in spec.fields.iter_mut().zip(shapes) {
        if (capabilities.clearing)(&shape.field_type) == Clearing::Impossible {
            field.null = NullPolicy::Keep;
        }
    }
}

/// The target of a sync, for its connector.
pub(super) fn target(sync: &sync_file::SyncSpec, shapes: &[FieldShape]) -> Target {
    let field =
        |name: &str, field_type: FieldType, null, write| FieldSpec { name: name.to_owned(), field_type, null, write };
    let key =
        field(&sync.key.field.value, FieldType::Text, NullPolicy::default(), lapwing_contract::WritePolicy::default());
    let fields = sync
        .fields
        .iter()
        .zip(shapes)
        .map(|(mapped, shape)| field(&mapped.name.value, shape.field_type.clone(), mapped.null, mapped.write))
        .collect();
    Target {
        sync: sync.name.value.clone(),
        object: sync.object.value.clone(),
        key,
        fields,
        lists: sync.lists.iter().map(|list| list.value.clone()).collect(),
        mode: sync.mode,
        on_leave: sync.on_leave,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_may_name_its_direction() {
        assert_eq!(direction("monetary desc"), ("monetary", true));
        assert_eq!(direction("priority_rank"), ("priority_rank", false));
        assert_eq!(direction("coalesce(monetary, 0) ASC "), ("coalesce(monetary, 0)", false));
        assert_eq!(direction("mydesc"), ("mydesc", false));
    }
}
