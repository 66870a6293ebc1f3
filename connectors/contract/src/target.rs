//! Where a sync writes: an object, its key, its fields, and what the vendor calls them.

use crate::FieldType;

/// What a null does to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NullPolicy {
    /// The field is emptied at the destination.
    #[default]
    Clear,
    /// The destination keeps what it has.
    Keep,
}

/// When a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WritePolicy {
    /// Whenever it differs.
    #[default]
    Always,
    /// Only where the destination has no value.
    IfEmpty,
    /// Only together with a new record.
    OnCreate,
}

/// What a sync makes of the object as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncMode {
    /// Records of the audience are created and updated; what happens to those who leave is [`OnLeave`].
    #[default]
    Upsert,
    /// The object equals the audience, in its order: who leaves is deleted, and the order is kept.
    List,
}

/// What happens to a record whose key is no longer in the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnLeave {
    /// It stays as it is.
    #[default]
    Keep,
    /// Its mapped fields are emptied.
    Clear,
    /// It is deleted.
    Delete,
    /// It is taken off the sync's lists.
    RemoveFromList,
}

/// One mapped field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSpec {
    /// The destination's name for it, as in the sync file.
    pub name: String,
    /// The type of its values.
    pub field_type: FieldType,
    /// What a null does.
    pub null: NullPolicy,
    /// When it is written.
    pub write: WritePolicy,
}

impl FieldSpec {
    /// A field with the defaults of a sync file: written whenever it differs, and emptied by a null.
    pub fn new(name: impl Into<String>, field_type: FieldType) -> Self {
        Self { name: name.into(), field_type, null: NullPolicy::default(), write: WritePolicy::default() }
    }
}

/// Where one sync writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The name of the sync, for messages.
    pub sync: String,
    /// The vendor's object: `contacts`, `Contact`, a sheet, …
    pub object: String,
    /// The key field.
    pub key: FieldSpec,
    /// The other fields, in the order of the sync file.
    pub fields: Vec<FieldSpec>,
    /// Lists that every record joins, by name or id; empty where the object has none.
    pub lists: Vec<String>,
    /// What the sync makes of the object.
    pub mode: SyncMode,
    /// What happens to records that leave.
    pub on_leave: OnLeave,
}

impl Target {
    /// A target with the defaults of a sync file: no lists, and whoever leaves stays as they are.
    pub fn new(sync: impl Into<String>, object: impl Into<String>, key: FieldSpec, fields: Vec<FieldSpec>) -> Self {
        let (mode, on_leave) = (SyncMode::default(), OnLeave::default());
        Self { sync: sync.into(), object: object.into(), key, fields, lists: Vec::new(), mode, on_leave }
    }
}

/// What the vendor calls one field, and what it takes there.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FieldBinding {
    /// The id or API name to write under.
    pub id: String,
    /// The vendor's own type name, where types matter for encoding.
    pub vendor_type: String,
    /// Whether `prepare` had to create it.
    pub created: bool,
    /// The longest text it takes, in characters; none where the vendor names no limit.
    pub max_chars: Option<usize>,
    /// The only values it takes, such as the entries of a picklist; empty where it takes any.
    pub allowed: Vec<String>,
}

impl FieldBinding {
    /// A field that was there already, and takes values of any length.
    pub fn new(id: impl Into<String>, vendor_type: impl Into<String>) -> Self {
        Self { id: id.into(), vendor_type: vendor_type.into(), ..Self::default() }
    }

    /// Whether the field is not there: [`Destination::locate`](crate::Destination::locate) creates none.
    pub fn is_missing(&self) -> bool {
        self.id.is_empty()
    }
}

/// A target that [`Destination::prepare`](crate::Destination::prepare) has made ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The target itself.
    pub target: Target,
    /// The vendor's name of the key field.
    pub key: FieldBinding,
    /// One binding a field, same order as `target.fields`.
    pub fields: Vec<FieldBinding>,
    /// The ids of `target.lists`, same order.
    pub list_ids: Vec<String>,
}

/// A field as the vendor describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteField {
    /// The name people use.
    pub name: String,
    /// The id or API name.
    pub id: String,
    /// The vendor's type name.
    pub vendor_type: String,
    /// Whether it can be written.
    pub writable: bool,
    /// The longest text it takes, in characters.
    pub max_chars: Option<usize>,
}

/// An object as the vendor describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectDescription {
    /// Its fields.
    pub fields: Vec<RemoteField>,
    /// Whether missing fields can be created.
    pub can_create_fields: bool,
}
