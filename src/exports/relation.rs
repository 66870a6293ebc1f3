//! The canonical relations and their columns.

/// A relation that exports are mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// One row a customer.
    Customers,
    /// One row a product.
    Products,
    /// One row a line of an order.
    OrderLines,
    /// One row an order.
    Orders,
    /// One row a thing that happened to a marketing message: sent, opened, clicked, …
    MessageEvents,
    /// One row a marketing message.
    Messages,
    /// One row an event, such as a product view.
    Events,
}

/// A column that attributes rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CanonicalColumn {
    /// Its name.
    pub name: &'static str,
    /// Its SQL type.
    pub sql_type: &'static str,
    /// Whether a row without it is a bad row.
    pub required: bool,
}

const fn required(name: &'static str, sql_type: &'static str) -> CanonicalColumn {
    CanonicalColumn { name, sql_type, required: true }
}

const fn optional(name: &'static str, sql_type: &'static str) -> CanonicalColumn {
    CanonicalColumn { name, sql_type, required: false }
}

/// Exact money: ten thousandths, up to 10^14.
const MONEY: &str = "DECIMAL(18,4)";
const TEXT: &str = "VARCHAR";
const TIME: &str = "TIMESTAMP";
const FLAG: &str = "BOOLEAN";

const CUSTOMERS: &[CanonicalColumn] = &[
    required("customer_id", TEXT),
    optional("email", TEXT),
    optional("phone", TEXT),
    optional("mobile", TEXT),
    optional("postal_address", TEXT),
    optional("email_opt_in", FLAG),
    optional("sms_opt_in", FLAG),
    optional("phone_opt_in", FLAG),
    optional("post_opt_in", FLAG),
];
const PRODUCTS: &[CanonicalColumn] = &[
    required("product_id", TEXT),
    optional("category", TEXT),
    optional("name", TEXT),
    optional("image_url", TEXT),
    optional("url", TEXT),
    optional("description", TEXT),
    optional("active", FLAG),
];
const ORDER_LINES: &[CanonicalColumn] = &[
    required("order_id", TEXT),
    required("customer_id", TEXT),
    required("ordered_at", TIME),
    required("product_id", TEXT),
    optional("category", TEXT),
    optional("net_amount", MONEY),
    optional("discount_amount", MONEY),
    optional("status", TEXT),
];
const ORDERS: &[CanonicalColumn] = &[
    required("order_id", TEXT),
    required("customer_id", TEXT),
    required("ordered_at", TIME),
    required("net_amount", MONEY),
    optional("discount_amount", MONEY),
    optional("status", TEXT),
];
const MESSAGES: &[CanonicalColumn] = &[
    required("message_id", TEXT),
    required("customer_id", TEXT),
    required("channel", TEXT),
    required("sent_at", TIME),
    optional("opened_at", TIME),
    optional("clicked_at", TIME),
    optional("responded_at", TIME),
    optional("unsubscribed_at", TIME),
];
const MESSAGE_EVENTS: &[CanonicalColumn] = &[
    required("message_id", TEXT),
    required("customer_id", TEXT),
    required("channel", TEXT),
    required("event", TEXT),
    required("occurred_at", TIME),
];
const EVENTS: &[CanonicalColumn] = &[
    required("customer_id", TEXT),
    required("occurred_at", TIME),
    optional("event", TEXT),
    optional("product_id", TEXT),
    optional("category", TEXT),
];

impl Relation {
    /// All relations, in the order in which they are bound: a relation stands after those it is checked against.
    pub const ALL: [Self; 7] = [
        Self::Customers,
        Self::Products,
        Self::OrderLines,
        Self::Orders,
        Self::MessageEvents,
        Self::Messages,
        Self::Events,
    ];

    /// Its name in SQL and in the sync file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Products => "products",
            Self::OrderLines => "order_lines",
            Self::Orders => "orders",
            Self::MessageEvents => "message_events",
            Self::Messages => "messages",
            Self::Events => "events",
        }
    }

    /// The relation of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|relation| relation.name() == name)
    }

    /// Its canonical columns.
    pub fn columns(self) -> &'static [CanonicalColumn] {
        match self {
            Self::Customers => CUSTOMERS,
            Self::Products => PRODUCTS,
            Self::OrderLines => ORDER_LINES,
            Self::Orders => ORDERS,
            Self::MessageEvents => MESSAGE_EVENTS,
            Self::Messages => MESSAGES,
            Self::Events => EVENTS,
        }
    }

    /// The column that must be unique, where one must.
    pub fn unique_key(self) -> Option<&'static str> {
        match self {
            Self::Customers => Some("customer_id"),
            Self::Products => Some("product_id"),
            Self::Orders => Some("order_id"),
            Self::Messages => Some("message_id"),
            Self::OrderLines | Self::MessageEvents | Self::Events => None,
        }
    }

    /// The column that says when a row happened: rows later than `as_of` do not exist.
    pub fn time_column(self) -> Option<&'static str> {
        match self {
            Self::Orders | Self::OrderLines => Some("ordered_at"),
            Self::Messages => Some("sent_at"),
            Self::MessageEvents | Self::Events => Some("occurred_at"),
            Self::Customers | Self::Products => None,
        }
    }

    /// Whether its rows belong to customers who must be known where a `customers` export is given.
    pub fn belongs_to_customers(self) -> bool {
        !matches!(self, Self::Customers | Self::Products)
    }

    /// Whether columns beside the canonical ones are handed on under their own names.
    pub fn passes_other_columns(self) -> bool {
        matches!(self, Self::Customers | Self::Products | Self::Events)
    }
}
