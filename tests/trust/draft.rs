//! A sync as a test writes it.

use lapwing::engine::{Expression, Session};
use lapwing::plan::{MappedField, SyncSpec};
use lapwing_contract::{NullPolicy, OnLeave, SyncMode, WritePolicy};

/// A mapped field, as a test writes it.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) from: String,
    pub(crate) tolerance: Option<f64>,
    pub(crate) null: NullPolicy,
    pub(crate) write: WritePolicy,
    pub(crate) trigger: bool,
}

impl Field {
    pub(crate) fn new(name: &str, from: &str) -> Self {
        Self {
            name: name.to_owned(),
            from: from.to_owned(),
            tolerance: None,
            null: NullPolicy::Clear,
            write: WritePolicy::Always,
            trigger: true,
        }
    }
}

/// What the sync file would say.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) fields: Vec<Field>,
    pub(crate) on_leave: OnLeave,
    pub(crate) has_lists: bool,
    pub(crate) keep_first: bool,
    pub(crate) max_attempts: u32,
}

impl Draft {
    pub(crate) fn spec(&self, session: &Session) -> SyncSpec {
        let expression = |text: &str| Expression::parse(session, text).unwrap().unwrap();
        let field = |field: &Field| MappedField {
            name: field.name.clone(),
            value: expression(&field.from),
            tolerance: field.tolerance,
            null: field.null,
            write: field.write,
            trigger: field.trigger,
        };
        SyncSpec {
            name: "contacts".to_owned(),
            destination: "crm".to_owned(),
            object: "contacts".to_owned(),
            key_field: "email".to_owned(),
            mode: SyncMode::Upsert,
            key: expression("key"),
            fold_key_case: false,
            audience: None,
            order_by: None,
            limit: None,
            on_leave: self.on_leave,
            keep_first_of_shared_key: self.keep_first,
            max_attempts: self.max_attempts,
            has_lists: self.has_lists,
            fields: self.fields.iter().map(field).collect(),
        }
    }
}
