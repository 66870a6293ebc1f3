//! What a sync wants, as the plan needs it.

use lapwing_contract::{NullPolicy, OnLeave, SyncMode, WritePolicy};

use crate::engine::Expression;

/// A mapped field.
#[derive(Debug, Clone)]
pub struct MappedField {
    /// The destination's name.
    pub name: String,
    /// The value, over the columns of `attributes`.
    pub value: Expression,
    /// Moves of numbers (or days of dates) up to this size cause no change.
    pub tolerance: Option<f64>,
    /// What a null does; `Keep` too where the vendor cannot empty such a field.
    pub null: NullPolicy,
    /// When it is written.
    pub write: WritePolicy,
    /// Whether a difference in it alone is worth a request.
    pub trigger: bool,
}

/// A sync, ready to be planned.
#[derive(Debug, Clone)]
pub struct SyncSpec {
    /// Its name.
    pub name: String,
    /// The destination's name.
    pub destination: String,
    /// The vendor's object.
    pub object: String,
    /// The destination's key field.
    pub key_field: String,
    /// Whether the object is to equal the audience, in its order.
    pub mode: SyncMode,
    /// The value of the key.
    pub key: Expression,
    /// Keys are folded to lower case, because the vendor does not tell cases apart.
    pub fold_key_case: bool,
    /// Who belongs to it; none for all.
    pub audience: Option<Expression>,
    /// The order, and whether it descends; decides who is within the limit, and what is sent first.
    pub order_by: Option<(Expression, bool)>,
    /// How many at most.
    pub limit: Option<u64>,
    /// What happens to those who leave.
    pub on_leave: OnLeave,
    /// Where several customers share a key: the first of them is sent, instead of none.
    pub keep_first_of_shared_key: bool,
    /// How often a vendor may refuse the same values of a record before nobody tries again.
    pub max_attempts: u32,
    /// Whether records join lists, so that who comes back has to be sent again.
    pub has_lists: bool,
    /// The fields.
    pub fields: Vec<MappedField>,
}
