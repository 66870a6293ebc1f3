//! The pack `activity`: how much a customer bought lately, and whether the customer has gone.

use std::fmt::{self, Write as _};

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::about::{About, PackParameter, parameters};
use super::activity_columns;
use super::pack::{AttributeColumn, Context, Pack, Parameter, Problem, Relations, require};
use super::sql::{chain, step};
use super::step::Step;

const WINDOW_COUNTS: &str = "        /* one count for each window */\n";
const WINDOW_COLUMNS: &str = "    /* the count of each window */\n";

/// The longest window and limit: a hundred years.
const MOST_DAYS: u32 = 36_500;

/// `[attributes.activity]`: recent orders, and who has gone.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ActivitySettings {
    /// Windows, in days; each gets a column `orders_last_<n>d`. 1 to 36500.
    pub windows: Vec<u32>,
    /// The silence after which a customer is inactive: a number of days, or `{ cycles = 3 }` for so many times the mean
    /// cycle of the customer's segment, which needs `cycle` and segments.
    #[schemars(with = "u32")]
    pub inactive_after: InactiveAfter,
}

/// The silence after which a customer is inactive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum InactiveAfter {
    /// So many days.
    Days(u32),
    /// So many times the mean cycle of the customer's segment; 3 where the number is left out.
    Cycles(f64),
}

impl Default for ActivitySettings {
    fn default() -> Self {
        Self { windows: vec![30, 90, 365], inactive_after: InactiveAfter::Days(365) }
    }
}

impl ActivitySettings {
    /// Whether it reads cycles and segments, and so comes after them.
    pub(super) fn reads_segments(&self) -> bool {
        matches!(self.inactive_after, InactiveAfter::Cycles(_))
    }
}

impl Serialize for InactiveAfter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Days(days) => serializer.serialize_u32(*days),
            Self::Cycles(cycles) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("cycles", cycles)?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for InactiveAfter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DaysOrCycles)
    }
}

/// Tells the two forms of `inactive_after` apart by their type.
struct DaysOrCycles;

impl<'de> Visitor<'de> for DaysOrCycles {
    type Value = InactiveAfter;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of days, or { cycles = 3 }")
    }

    fn visit_i64<E: de::Error>(self, days: i64) -> Result<InactiveAfter, E> {
        u32::try_from(days).map(InactiveAfter::Days).map_err(|_| E::invalid_value(de::Unexpected::Signed(days), &self))
    }

    fn visit_u64<E: de::Error>(self, days: u64) -> Result<InactiveAfter, E> {
        u32::try_from(days)
            .map(InactiveAfter::Days)
            .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(days), &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<InactiveAfter, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Cycles {
            #[serde(default = "usual_cycles")]
            cycles: f64,
        }
        let Cycles { cycles } = Cycles::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(InactiveAfter::Cycles(cycles))
    }
}

fn usual_cycles() -> f64 {
    3.0
}

impl Pack for ActivitySettings {
    fn name(&self) -> &'static str {
        "activity"
    }

    fn about(&self) -> About {
        About {
            title: "Activity",
            text: "How much a customer bought lately, and whether the customer has gone. Needs orders.",
            table: "[attributes.activity]",
        }
    }

    fn parameters(&self) -> Vec<PackParameter> {
        parameters::<Self>()
    }

    /// That there are cycles and segments to read is checked where all packs are known.
    fn check(&self, has: &Relations) -> Vec<Problem> {
        let mut problems = Vec::new();
        let found = &mut problems;
        require(found, has.has("orders"), "attributes.activity", "needs the export orders", "add [exports.orders]");
        let repeated = self.windows.iter().enumerate().any(|(number, days)| self.windows[..number].contains(days));
        require(
            found,
            !repeated && self.windows.iter().all(|days| (1..=MOST_DAYS).contains(days)),
            "attributes.activity.windows",
            format!("name a number of days twice, or one that is not from 1 to {MOST_DAYS}"),
            "list different numbers of days, such as [30, 90, 365]",
        );
        let in_range = match self.inactive_after {
            InactiveAfter::Days(days) => (1..=MOST_DAYS).contains(&days),
            InactiveAfter::Cycles(cycles) => cycles > 0.0 && cycles <= 1000.0,
        };
        require(
            found,
            in_range,
            "attributes.activity.inactive_after",
            format!("is not from 1 to {MOST_DAYS} days, or not above 0 and up to 1000 cycles"),
            "give days, such as 365, or cycles, such as { cycles = 3 }",
        );
        problems
    }

    fn columns(&self, _: &Relations) -> Vec<AttributeColumn> {
        activity_columns::columns(self)
    }

    fn steps(&self, context: &Context<'_>) -> Vec<Step> {
        let after = |days: u32| {
            let after = context.as_of.checked_sub_signed(TimeDelta::days(days.into())).unwrap_or_default();
            Parameter::Timestamp(after)
        };
        let names: Vec<String> = (1..=self.windows.len()).map(|number| format!("window_{number}_after")).collect();
        let (mut counts, mut columns) = (String::new(), String::new());
        for (days, name) in self.windows.iter().zip(&names) {
            let column = window_column(*days);
            // Writing into a text cannot fail.
            let _ = writeln!(
                counts,
                "        , cast(sum(case when ordered_at > ${name} then 1 else 0 end) as bigint) as {column}"
            );
            let _ = writeln!(columns, "    {column},");
        }
        let limits = match self.inactive_after {
            InactiveAfter::Days(_) => include_str!("base/inactive_after_days.sql"),
            InactiveAfter::Cycles(_) => include_str!("base/inactive_after_cycles.sql"),
        };
        let mut parameters = vec![("last_year_after", after(365))];
        parameters.extend(names.iter().map(String::as_str).zip(self.windows.iter().map(|days| after(*days))));
        parameters.push(match self.inactive_after {
            InactiveAfter::Days(days) => ("inactive_days", Parameter::Int(days.into())),
            InactiveAfter::Cycles(cycles) => ("inactive_cycles", Parameter::Float(cycles)),
        });
        let sql = include_str!("activity.sql").replace(WINDOW_COUNTS, &counts).replace(WINDOW_COLUMNS, &columns);
        vec![step(&self.relation(), &chain(&[("inactive_limits", limits)], &sql), context, parameters)]
    }
}

pub(super) fn window_column(days: u32) -> String {
    format!("orders_last_{days}d")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(toml: &str) -> Vec<String> {
        let settings: ActivitySettings = toml::from_str(toml).unwrap();
        let has = Relations::default().with("orders", &[]);
        settings.check(&has).into_iter().map(|problem| problem.key).collect()
    }

    #[test]
    fn inactive_after_is_days_or_cycles() {
        let read = |toml: &str| toml::from_str::<ActivitySettings>(toml).map(|settings| settings.inactive_after);
        assert_eq!(read("").unwrap(), InactiveAfter::Days(365));
        assert_eq!(read("inactive_after = 180").unwrap(), InactiveAfter::Days(180));
        assert_eq!(read("inactive_after = { cycles = 2.5 }").unwrap(), InactiveAfter::Cycles(2.5));
        assert_eq!(read("inactive_after = {}").unwrap(), InactiveAfter::Cycles(3.0));
        assert!(read("inactive_after = \"long\"").unwrap_err().to_string().contains("a number of days"));
        assert!(read("inactive_after = -1").is_err());
    }

    #[test]
    fn settings_out_of_range_are_reported_by_key() {
        assert!(problems("").is_empty() && problems("windows = []").is_empty());
        assert_eq!(problems("windows = [30, 30]"), ["attributes.activity.windows"]);
        assert_eq!(problems("windows = [0]"), ["attributes.activity.windows"]);
        assert_eq!(problems("inactive_after = 0"), ["attributes.activity.inactive_after"]);
        assert_eq!(problems("inactive_after = { cycles = 0 }"), ["attributes.activity.inactive_after"]);
    }

    #[test]
    fn the_sql_file_has_the_places_to_fill_in() {
        let sql = include_str!("activity.sql");
        assert!(sql.contains(WINDOW_COUNTS) && sql.contains(WINDOW_COLUMNS));
    }
}
