//! What looks wrong in the data, though every row of it is sound: told before anybody acts on it.

use chrono::{DateTime, Utc};

use crate::engine::{EngineError, Session, quote_identifier};

use super::settings::AttributeSettings;
use super::sql::chain;

/// A run without an order for so many days before as_of asks whether its export is up to date.
const QUIET_DAYS: i64 = 60;

/// Among fewer customers, one with more than half of the revenue is nothing to wonder at.
const FEWEST_CUSTOMERS: u64 = 3;

const SEGMENT: &str = "/* segment */";
const BEST_CHANNEL: &str = "/* best_channel */";

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

/// Looks at the orders of the run and at the relation `attributes` that was made of them.
///
/// # Errors
/// [`EngineError`] of a query.
pub fn suspicions(
    session: &Session,
    settings: &AttributeSettings,
    as_of: DateTime<Utc>,
) -> Result<Vec<Suspicion>, EngineError> {
    let mut found = Vec::new();
    if session.has_relation("orders")? {
        let orders = Orders::read(session)?;
        found.extend(orders.quiet(as_of));
        found.extend(orders.gap());
        if settings.attributes.promo.is_some() {
            found.extend(orders.without_discount());
        }
        let share = largest_share(session, settings.attributes.rfm.is_some())?;
        found.extend(share.filter(|share| *share > 0.5).map(one_customer));
    }
    found.extend(customers(session, settings)?);
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

/// The part of the revenue that the customer with the largest one has.
fn largest_share(session: &Session, has_rfm: bool) -> Result<Option<f64>, EngineError> {
    let revenues = if has_rfm {
        include_str!("suspicion/revenues_of_rfm.sql")
    } else {
        include_str!("suspicion/revenues_of_orders.sql")
    };
    let sql = chain(&[("revenues", revenues)], include_str!("suspicion/largest_customer.sql"));
    let (customers, share) = session.one(&sql, &[], |row| Ok((row.count(0)?, row.float(1)?)))?;
    Ok(share.filter(|_| customers >= FEWEST_CUSTOMERS))
}

fn one_customer(share: f64) -> Suspicion {
    Suspicion {
        code: "one-customer",
        key: "exports.orders",
        message: format!("one customer has {:.0} % of the revenue of all", 100.0 * share),
        hint: "look for an account that collects the orders of many, such as walk-in sales, and leave it out",
    }
}

/// What all customers have in common, and should not.
fn customers(session: &Session, settings: &AttributeSettings) -> Result<Vec<Suspicion>, EngineError> {
    let nothing = "cast(null as varchar(1))".to_owned();
    let has_segments = settings.rules().is_ok_and(|rules| !rules.is_empty());
    let column = |name, is_there| if is_there { quote_identifier(name) } else { nothing.clone() };
    let sql = include_str!("suspicion/customers.sql")
        .replace(SEGMENT, &column("segment", has_segments))
        .replace(BEST_CHANNEL, &column("best_channel", settings.attributes.reach.is_some()));
    let (customers, first, last, reachable) =
        session.one(&sql, &[], |row| Ok((row.count(0)?, row.text(1)?, row.text(2)?, row.count(3)?)))?;
    let mut found = Vec::new();
    if let Some(segment) = first.filter(|first| customers > 1 && last.as_ref() == Some(first)) {
        found.push(Suspicion {
            code: "one-segment",
            key: "",
            message: format!("all {customers} customers are in the segment `{segment}`"),
            hint: "check the rules with `lapwing validate`, and that the exports have orders of different customers",
        });
    }
    if settings.attributes.reach.is_some() && customers > 0 && reachable == 0 {
        found.push(Suspicion {
            code: "nobody-reachable",
            key: "attributes.reach",
            message: "no customer can be reached by any channel".to_owned(),
            hint: "map the addresses and the opt-ins in [exports.customers]; an opt-in that is NULL is a no",
        });
    }
    Ok(found)
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
        assert!(sql.contains(SEGMENT) && sql.contains(BEST_CHANNEL));
    }
}
