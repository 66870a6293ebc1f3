//! What looks wrong in the data, though every row of it is sound: told before anybody acts on it.

use chrono::{DateTime, Utc};

use crate::engine::{EngineError, Session, quote_identifier};

use super::settings::AttributeSettings;

/// A run without an order for so many days before as_of asks whether its export is up to date.
const QUIET_DAYS: i64 = 60;

/// Among fewer customers, one with more than half of the revenue is nothing to wonder at.
const FEWEST_CUSTOMERS: u64 = 3;

const SEGMENT: &str = "/* segment */";
const BEST_CHANNEL: &str = "/* best_channel */";
const REVENUE: &str = "/* revenue */";

/// Something to look into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspicion {
    /// A stable name in kebab case.
    pub code: &'static str,
    /// The table of the sync file that it is about, such as `exports.orders`; empty where it is about none.
    pub key: &'static str,
    /// What was found; no value of a customer's.
    pub message: String,
    /// What to check.
    pub hint: &'static str,
}

/// Looks at the orders of the run and at the relation `attributes` that was made of them: one pass over each, and a second
/// one over orders where the pack `rfm` is missing, which sums up what customers paid.
///
/// # Errors
/// [`EngineError`] of a query.
pub fn suspicions(
    session: &Session,
    settings: &AttributeSettings,
    as_of: DateTime<Utc>,
) -> Result<Vec<Suspicion>, EngineError> {
    let mut found = Vec::new();
    let has_orders = session.has_relation("orders")?;
    if has_orders {
        let orders = Orders::read(session)?;
        found.extend(orders.quiet(as_of));
        found.extend(orders.gap());
        if settings.attributes.promo.is_some() {
            found.extend(orders.without_discount());
        }
    }
    let mut customers = Customers::read(session, settings)?;
    if has_orders && settings.attributes.rfm.is_none() {
        customers.revenue = Revenue::of_orders(session)?;
    }
    found.extend(customers.revenue.of_one_customer());
    found.extend(customers.in_one_segment());
    if settings.attributes.reach.is_some() {
        found.extend(customers.out_of_reach());
    }
    Ok(found)
}

/// All orders together.
#[derive(Debug, Clone, PartialEq)]
struct Orders {
    count: u64,
    discounted: u64,
    latest_at: Option<DateTime<Utc>>,
    empty_months: u64,
    /// The first month without orders, in months since the year 0.
    first_empty: Option<i64>,
}

impl Orders {
    fn read(session: &Session) -> Result<Self, EngineError> {
        session.one(include_str!("suspicion/orders.sql"), &[], |row| {
            Ok(Self {
                count: row.count(0)?,
                discounted: row.count(1)?,
                latest_at: row.timestamp(2)?,
                empty_months: row.count(3)?,
                first_empty: row.int(4)?,
            })
        })
    }

    fn quiet(&self, as_of: DateTime<Utc>) -> Option<Suspicion> {
        let message = match self.latest_at {
            None => "there is no order up to as_of".to_owned(),
            Some(latest) => {
                let days = (as_of - latest).num_days();
                if days < QUIET_DAYS {
                    return None;
                }
                format!("the latest order is {days} days older than as_of ({})", as_of.format("%Y-%m-%d"))
            }
        };
        let hint = "check that the export is up to date; for old exports, set `as_of` to the day they were made";
        Some(Suspicion { code: "no-recent-orders", key: "exports.orders", message, hint })
    }

    fn gap(&self) -> Option<Suspicion> {
        let first = self.first_empty?;
        let (year, month) = (first.div_euclid(12), first.rem_euclid(12) + 1);
        let message = match self.empty_months {
            1 => format!("no order is of {year:04}-{month:02}, but there are some before and after"),
            months => {
                format!(
                    "{months} calendar months between the first and the last order have none; the first is {year:04}-{month:02}"
                )
            }
        };
        let hint = "check that all files of the export are there, and that their times are read as they are meant";
        Some(Suspicion { code: "month-without-orders", key: "exports.orders", message, hint })
    }

    fn without_discount(&self) -> Option<Suspicion> {
        (self.count > 0 && self.discounted == 0).then(|| Suspicion {
            code: "no-discounts",
            key: "attributes.promo",
            message: "no order has a discount, so that promotion scores tell nothing".to_owned(),
            hint: "map `discount_amount`, the money taken off, in [exports.orders], or leave out [attributes.promo]",
        })
    }
}

/// All customers together: what they have in common, and should not.
#[derive(Debug)]
struct Customers {
    count: u64,
    first_segment: Option<String>,
    last_segment: Option<String>,
    reachable: u64,
    revenue: Revenue,
}

impl Customers {
    fn read(session: &Session, settings: &AttributeSettings) -> Result<Self, EngineError> {
        let has_segments = settings.rules().is_ok_and(|rules| !rules.is_empty());
        let column = |name, is_there, none: &str| if is_there { quote_identifier(name) } else { none.to_owned() };
        let (text, amount) = ("cast(null as varchar(1))", "cast(null as decimal(24, 4))");
        let sql = include_str!("suspicion/customers.sql")
            .replace(SEGMENT, &column("segment", has_segments, text))
            .replace(BEST_CHANNEL, &column("best_channel", settings.attributes.reach.is_some(), text))
            .replace(REVENUE, &column("monetary", settings.attributes.rfm.is_some(), amount));
        session.one(&sql, &[], |row| {
            Ok(Self {
                count: row.count(0)?,
                first_segment: row.text(1)?,
                last_segment: row.text(2)?,
                reachable: row.count(3)?,
                revenue: Revenue { paying: row.count(4)?, largest_share: row.float(5)? },
            })
        })
    }

    fn in_one_segment(&self) -> Option<Suspicion> {
        let segment = self.first_segment.as_ref().filter(|first| self.last_segment.as_ref() == Some(first))?;
        (self.count > 1).then(|| Suspicion {
            code: "one-segment",
            key: "",
            message: format!("all {} customers are in the segment `{segment}`", self.count),
            hint: "check the rules with `lapwing validate`, and that the exports have orders of different customers",
        })
    }

    fn out_of_reach(&self) -> Option<Suspicion> {
        (self.count > 0 && self.reachable == 0).then(|| Suspicion {
            code: "nobody-reachable",
            key: "attributes.reach",
            message: "no customer can be reached by any channel".to_owned(),
            hint: "map the addresses and the opt-ins in [exports.customers]; an opt-in that is NULL is a no",
        })
    }
}

/// How revenue is spread.
#[derive(Debug)]
struct Revenue {
    /// Customers who paid more than they got back.
    paying: u64,
    /// The part of what those paid that one of them has at most.
    largest_share: Option<f64>,
}

impl Revenue {
    fn of_orders(session: &Session) -> Result<Self, EngineError> {
        session.one(include_str!("suspicion/revenues.sql"), &[], |row| {
            Ok(Self { paying: row.count(0)?, largest_share: row.float(1)? })
        })
    }

    fn of_one_customer(&self) -> Option<Suspicion> {
        let share = self.largest_share.filter(|share| self.paying >= FEWEST_CUSTOMERS && *share > 0.5)?;
        Some(Suspicion {
            code: "one-customer",
            key: "exports.orders",
            message: format!("one customer has {:.0} % of the revenue of all", 100.0 * share),
            hint: "look for an account that collects the orders of many, such as walk-in sales, and leave it out",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders() -> Orders {
        let latest_at = DateTime::from_timestamp(1_500_000_000, 0);
        Orders { count: 10, discounted: 1, latest_at, empty_months: 0, first_empty: None }
    }

    #[test]
    fn orders_are_quiet_from_sixty_days_on() {
        let after = |days| orders().latest_at.unwrap() + chrono::TimeDelta::days(days);
        assert_eq!(orders().quiet(after(59)), None);
        assert!(orders().quiet(after(60)).unwrap().message.contains("60 days older than as_of (2017-09-12)"));
        let none = Orders { count: 0, latest_at: None, ..orders() };
        assert_eq!(none.quiet(after(0)).unwrap().message, "there is no order up to as_of");
        assert_eq!(none.without_discount(), None);
    }

    #[test]
    fn an_empty_month_is_named() {
        let gap = |empty_months, first| Orders { empty_months, first_empty: Some(first), ..orders() }.gap();
        assert!(gap(1, 2017 * 12).unwrap().message.starts_with("no order is of 2017-01"));
        assert!(gap(3, 2016 * 12 + 11).unwrap().message.ends_with("the first is 2016-12"));
        assert_eq!(orders().gap(), None);
    }

    #[test]
    fn the_sql_file_has_the_places_to_fill_in() {
        let sql = include_str!("suspicion/customers.sql");
        assert!(sql.contains(SEGMENT) && sql.contains(BEST_CHANNEL) && sql.contains(REVENUE));
    }
}
