//! What there is to know about one column: enough for who receives it to work with it.

/// What a customer has in a column where there is no counted order to derive it from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutOrders {
    /// NULL: nothing is known.
    Null,
    /// Zero: the column is a count.
    Zero,
    /// A value as good as any other: the column does not depend on orders.
    Known,
}

/// One value that a column can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PossibleValue {
    /// The value, as delivered.
    pub value: String,
    /// What it says about a customer; of a segment, its condition.
    pub meaning: String,
}

/// The values that a column can have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Values {
    /// Any of its type.
    #[default]
    Any,
    /// Those of a range, in words: `1 (worst) to 5 (best)`.
    Range(String),
    /// These and no others.
    Listed(Vec<PossibleValue>),
}

impl Values {
    /// All of them, where they are few.
    pub fn listed(&self) -> &[PossibleValue] {
        match self {
            Self::Listed(values) => values,
            Self::Any | Self::Range(_) => &[],
        }
    }
}

/// One delivered column, told so that a CRM owner understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeColumn {
    /// The name, in the relation `attributes`.
    pub name: String,
    /// The SQL type.
    pub sql_type: &'static str,
    /// The unit; every number has one.
    pub unit: Option<&'static str>,
    /// Whether a customer can be without a value.
    pub nullable: bool,
    /// What it says about a customer, in one sentence.
    pub meaning: String,
    /// How it is calculated.
    pub formula: String,
    /// The values it can have.
    pub values: Values,
    /// What it means where a customer is without a value; there wherever one can be.
    pub null: Option<String>,
    /// What customers without orders have.
    pub without_orders: WithoutOrders,
}

impl AttributeColumn {
    /// A column without unit and listed values; NULL for customers without counted orders. What NULL means is to be told
    /// by [`Self::null`].
    pub(super) fn new(name: &str, sql_type: &'static str, meaning: &str, formula: &str) -> Self {
        Self {
            name: name.to_owned(),
            sql_type,
            unit: None,
            nullable: true,
            meaning: meaning.to_owned(),
            formula: formula.to_owned(),
            values: Values::Any,
            null: None,
            without_orders: WithoutOrders::Null,
        }
    }

    pub(super) fn unit(mut self, unit: &'static str) -> Self {
        self.unit = Some(unit);
        self
    }

    /// All values, each with its meaning.
    pub(super) fn values<V: Into<String>, M: Into<String>>(mut self, values: impl IntoIterator<Item = (V, M)>) -> Self {
        let one = |(value, meaning): (V, M)| PossibleValue { value: value.into(), meaning: meaning.into() };
        self.values = Values::Listed(values.into_iter().map(one).collect());
        self
    }

    /// The meanings of true and false.
    pub(super) fn either(self, is_true: &str, is_false: &str) -> Self {
        self.values([("true", is_true), ("false", is_false)])
    }

    /// The range of a number, in words.
    pub(super) fn range(mut self, range: impl Into<String>) -> Self {
        self.values = Values::Range(range.into());
        self
    }

    /// Who is without a value, and why.
    pub(super) fn null(mut self, meaning: impl Into<String>) -> Self {
        self.null = Some(meaning.into());
        self
    }

    /// A count: 0 for customers without counted orders.
    pub(super) fn count(mut self) -> Self {
        self.without_orders = WithoutOrders::Zero;
        self.nullable = false;
        self.range("0 or more")
    }

    /// A column that everyone has a value in.
    pub(super) fn known(mut self) -> Self {
        self.without_orders = WithoutOrders::Known;
        self.nullable = false;
        self
    }

    /// A column that does not depend on orders, and that a customer can still be without a value in.
    pub(super) fn known_or_null(self, meaning: impl Into<String>) -> Self {
        Self { nullable: true, ..self.known() }.null(meaning)
    }
}
