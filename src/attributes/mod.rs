//! Customer attributes: the SQL that derives them, and what there is to know about each column.
//!
//! **Promise**: [`plan`] turns the `[attributes.*]` tables and `[[segments]]` of a sync file into queries. Run in order
//! over the exports, with each result kept under its relation's name, the last one makes `attributes`: one row for each
//! customer of the population, one column for each entry of [`Plan::columns`]. Same exports and as_of, same rows; their
//! order is not defined.
//!
//! **Inputs** of the queries, all checked and typed, without rows later than as_of and without orders of customers that
//! a customers export does not know:
//! - `orders` (`order_id` unique, `customer_id`, `ordered_at` timestamp in UTC, `net_amount` and `discount_amount`
//!   DECIMAL(18,4), `status`); `discount_amount` and `status` can be NULL;
//! - where exported: `customers` (`customer_id` unique, and the columns that [`Channel`] names), `order_lines` (`order_id`,
//!   `product_id`, `category`, `net_amount`; a column that is not mapped is there and NULL), `products` (`product_id`,
//!   `category`), `messages` (`customer_id`, `channel`, `unsubscribed_at`);
//! - the macros of the dialect ([`DUCKDB_DIALECT`] for DuckDB), made before the first query.
//!
//! **Errors**: [`InvalidAttributes`], with everything that is wrong, each with its key in the sync file and a hint.
//!
//! The SQL keeps to what other engines understand, too; what differs between them is in the dialect's macros alone.
//! A pack is one `.rs` file and one `.sql` file; files in `base/` are read by several packs.

mod base;
mod compute;
mod cycle;
mod cycle_by_category;
mod joined;
mod pack;
mod plan;
mod priority;
mod promo;
mod reach;
mod rfm;
mod rfm_columns;
mod segment;
mod settings;
mod sql;

pub use compute::{bound_relations, compute};
pub use cycle::{CycleFallback, CycleMethod, CycleSettings};
pub use pack::{AttributeColumn, Context, Pack, PackQuery, Parameter, Problem, Relations, WithoutOrders};
pub use plan::{InvalidAttributes, Plan, plan};
pub use priority::PrioritySettings;
pub use promo::{PromoSettings, PromoWeights};
pub use reach::{Channel, ReachSettings};
pub use rfm::{RfmSettings, ScoreMethod, Thresholds, Ties};
pub use settings::{AttributeSettings, PackSettings};

/// The macros that the attribute SQL is written with, for DuckDB: several statements, to be run once a connection.
pub const DUCKDB_DIALECT: &str = include_str!("dialect_duckdb.sql");
