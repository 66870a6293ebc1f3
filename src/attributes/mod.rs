//! Customer attributes: the SQL that derives them, and what there is to know about each column.
//!
//! **Promise**: [`plan`] turns the `[attributes.*]` tables and `[[segments]]` of a sync file into steps. Taken in order
//! over the exports, with each result kept under its relation's name, they make the relations that [`Plan::joined`] makes
//! `attributes` of: one row for each customer of the population, one column for each entry of [`Plan::columns`]. Same
//! exports and as_of, same rows; their order is not defined. A step is a query, or, where SQL has no words for it, a
//! [`Calculation`] between two queries.
//!
//! **Inputs** of the steps, all checked and typed, without rows later than as_of and without orders of customers that
//! a customers export does not know:
//! - `orders` (`order_id` unique, `customer_id`, `ordered_at` timestamp in UTC, `net_amount` and `discount_amount`
//!   DECIMAL(18,4), `status`); `discount_amount` and `status` can be NULL;
//! - where exported: `customers` (`customer_id` unique, and the columns that [`Channel`] names), `order_lines` (`order_id`,
//!   `product_id`, `category`, `net_amount`; a column that is not mapped is there and NULL), `products` (`product_id`,
//!   `category`, `name`, `image_url`, `url`, `description`, `active`), `events` (`customer_id`, `occurred_at`, `event`,
//!   `product_id`), `messages` (`customer_id`, `channel`, `sent_at`, `opened_at`, `clicked_at`, `responded_at`,
//!   `unsubscribed_at`);
//! - where a history of segments is kept: `segments_before` and `segments_known`, as the pack `segment_history` tells;
//! - the macros of the dialect ([`DUCKDB_DIALECT`] for DuckDB), made before the first step.
//!
//! **Errors**: [`InvalidAttributes`], with everything that is wrong, each with its key in the sync file and a hint.
//!
//! The SQL keeps to what other engines understand, too; what differs between them is in the dialect's macros alone.
//! A pack is one `.rs` file and one `.sql` file; what its columns mean stands there, or beside it in `<pack>_columns.rs`.
//! Files in `base/` are read by several packs. [`catalogue`] has all packs, for the dictionary.

mod about;
mod activity;
mod activity_columns;
mod base;
mod catalogue;
mod churn;
mod column;
mod compute;
mod custom;
mod cycle;
mod cycle_by_category;
mod cycle_columns;
mod joined;
mod pack;
mod plan;
mod pressure;
mod pressure_columns;
mod priority;
mod promo;
mod promo_columns;
mod reach;
mod recommend;
mod recommend_columns;
mod rfm;
mod rfm_columns;
mod segment;
mod segment_history;
mod settings;
mod sql;
mod step;
mod summary;
mod suspicion;

pub use about::{About, PackParameter};
pub use activity::{ActivitySettings, InactiveAfter};
pub use catalogue::{DescribedPack, catalogue};
pub use churn::ChurnSettings;
pub use column::{AttributeColumn, PossibleValue, Values, WithoutOrders};
pub use compute::{Outcome, bound_relations, compute};
pub use custom::{CustomAttribute, check_custom};
pub use cycle::{CycleFallback, CycleMethod, CycleSettings};
pub use pack::{Context, Pack, PackQuery, Parameter, Problem, Relations};
pub use plan::{InvalidAttributes, Plan, plan};
pub use pressure::PressureSettings;
pub use priority::PrioritySettings;
pub use promo::{PromoSettings, PromoWeights};
pub use reach::{Channel, ReachSettings};
pub use recommend::RecommendSettings;
pub use rfm::{RfmSettings, ScoreMethod, Thresholds, Ties};
pub use segment::{SegmentBasis, segment_basis};
pub use settings::{AttributeSettings, PackSettings};
pub use step::{Calculation, Step};
pub use summary::{Group, Section, Summary, summarise};
pub use suspicion::{Suspicion, suspicions};

/// The macros that the attribute SQL is written with, for DuckDB: several statements, to be run once a connection.
pub const DUCKDB_DIALECT: &str = include_str!("dialect_duckdb.sql");
