//! The pack `custom`: attributes of the user's own, each an aggregate over one relation.

use std::fmt::Write as _;

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::{Aggregate, EngineError, Expression, ExpressionProblem, Session};

use super::about::{About, PackParameter, parameters};
use super::joined::{Source, select_joined};
use super::pack::{AttributeColumn, Context, Pack, PackQuery, Parameter, Problem, Relations};
use super::sql::{identifier, step};
use super::step::Step;

const RELATION: &str = "/* the relation */";
const CONDITIONS: &str = "/* its conditions */";
const AGGREGATE: &str = "/* the aggregate */";
const TEXT: &str = include_str!("custom.sql");

/// The relations with rows of customers, and their times.
const RELATIONS: [(&str, Option<&str>); 5] = [
    ("customers", None),
    ("events", Some("occurred_at")),
    ("messages", Some("sent_at")),
    ("order_lines", Some("ordered_at")),
    ("orders", Some("ordered_at")),
];

/// `[[attributes.custom]]`: one attribute.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomAttribute {
    /// The name of the column.
    pub name: String,
    /// The relation whose rows are folded: `orders`, `order_lines`, `messages`, `events` or `customers`.
    pub relation: String,
    /// An SQL aggregate over its columns, such as `count(*) > 0`.
    pub aggregate: String,
    /// A condition for rows to count; all do where it is left out.
    #[serde(default)]
    pub filter: Option<String>,
    /// Only rows of the last so many days count; all do where it is left out. 1 to 36500.
    #[serde(default)]
    pub window_days: Option<u32>,
    /// What it says about a customer, in one sentence, for the dictionary.
    #[serde(default)]
    pub meaning: Option<String>,
}

/// All of them, as one pack.
pub(super) struct CustomPack<'a>(pub(super) &'a [CustomAttribute]);

impl Pack for CustomPack<'_> {
    fn name(&self) -> &'static str {
        "custom"
    }

    fn about(&self) -> About {
        About {
            title: "Attributes of your own",
            text: "Whatever an SQL aggregate over the rows of a customer tells: orders, order lines, messages, events, or \
                   the customers themselves.",
            table: "[[attributes.custom]]",
        }
    }

    fn parameters(&self) -> Vec<PackParameter> {
        parameters::<CustomAttribute>()
    }

    fn check(&self, has: &Relations) -> Vec<Problem> {
        let each = self.0.iter().enumerate();
        each.flat_map(|(number, attribute)| attribute.problems(&format!("attributes.custom[{number}]"), has)).collect()
    }

    fn columns(&self, _: &Relations) -> Vec<AttributeColumn> {
        self.0.iter().map(CustomAttribute::column).collect()
    }

    fn steps(&self, context: &Context<'_>) -> Vec<Step> {
        let own: Vec<(String, &CustomAttribute)> =
            self.0.iter().enumerate().map(|(number, one)| (format!("custom_{}", number + 1), one)).collect();
        let mut steps: Vec<Step> =
            own.iter().map(|(relation, attribute)| Step::Query(attribute.query(relation, context))).collect();
        let sources: Vec<Source> = own
            .iter()
            .map(|(relation, attribute)| Source { relation: relation.clone(), columns: vec![attribute.column()] })
            .collect();
        steps.push(step(&self.relation(), &select_joined(&sources), context, Vec::new()));
        steps
    }
}

impl CustomAttribute {
    fn column(&self) -> AttributeColumn {
        // Writing into a text cannot fail.
        let mut formula = format!("{} over {}", self.aggregate.trim(), self.relation);
        if let Some(filter) = &self.filter {
            let _ = write!(formula, " where {}", filter.trim());
        }
        if let Some(days) = self.window_days {
            let _ = write!(formula, ", of the last {days} days");
        }
        let meaning = self.meaning.as_deref().map(str::trim).filter(|meaning| !meaning.is_empty());
        let meaning = meaning.unwrap_or("An attribute of your own.");
        // Its type is what the aggregate gives, which only the engine knows.
        AttributeColumn::new(&self.name, "as computed", meaning, &formula)
            .known_or_null("The aggregate gives nothing: a sum over no rows, for example.")
    }

    fn time(&self) -> Option<&'static str> {
        RELATIONS.iter().find(|(relation, _)| *relation == self.relation)?.1
    }

    /// What is wrong without a look at the SQL.
    fn problems(&self, key: &str, has: &Relations) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut found = |field: &str, message: String, hint: String| {
            problems.push(Problem::new(format!("{key}.{field}"), message, hint));
        };
        let short = !self.name.trim().is_empty() && self.name.chars().count() <= 63;
        if !short || self.name.chars().any(char::is_control) {
            let hint = "choose a name such as viewed_insurance";
            found("name", "is empty, longer than 63 characters, or has control characters".to_owned(), hint.to_owned());
        }
        let usable: Vec<&str> =
            RELATIONS.iter().map(|(relation, _)| *relation).filter(|relation| has.has(relation)).collect();
        let usable = format!("the exports give {}", usable.join(", "));
        if !RELATIONS.iter().any(|(relation, _)| *relation == self.relation) {
            found("relation", format!("there is no relation `{}` with rows of customers", self.relation), usable);
        } else if !has.has(&self.relation) {
            found("relation", format!("needs the export {}", self.relation), usable);
        }
        match self.window_days {
            Some(days) if !(1..=36_500).contains(&days) => {
                found("window_days", format!("{days} is out of range"), "choose 1 to 36500 days".to_owned());
            }
            Some(_) if self.relation == "customers" => {
                let hint = "leave it out, and compare a column in the filter";
                found("window_days", "customers have no time to be of the last days".to_owned(), hint.to_owned());
            }
            _ => {}
        }
        problems
    }

    fn query(&self, relation: &str, context: &Context<'_>) -> PackQuery {
        let mut conditions = Vec::new();
        let mut parameters = Vec::new();
        if let Some((time, days)) = self.time().zip(self.window_days) {
            let after = context.as_of.checked_sub_signed(TimeDelta::days(days.into())).unwrap_or_default();
            conditions.push(format!("{time} > $rows_after"));
            parameters.push(("rows_after".to_owned(), Parameter::Timestamp(after)));
        }
        conditions.extend(self.filter.as_ref().map(|filter| bracketed(filter)));
        let conditions =
            if conditions.is_empty() { String::new() } else { format!("where {}", conditions.join("\n      and ")) };
        // Nothing that the user wrote may be taken for a place to fill in: each part of the text is filled in once.
        let fill = |part: &str| part.replace(RELATION, &self.relation);
        let (before, after) = TEXT.split_once(CONDITIONS).unwrap_or((TEXT, ""));
        let parts: Vec<String> = after.split(AGGREGATE).map(fill).collect();
        let rest = parts.join(&bracketed(&self.aggregate));
        let sql = format!("{}{conditions}{rest}", fill(before));
        let sql = format!("select customer_id, value as {} from (\n{sql}) as result", identifier(&self.name));
        PackQuery { relation: relation.to_owned(), sql, parameters }
    }

    /// What is wrong with the SQL, where its relation is bound.
    fn sql_problems(&self, key: &str, session: &Session) -> Result<Vec<Problem>, EngineError> {
        let mut problems = Vec::new();
        if self.time().is_none() && self.relation != "customers" || !session.has_relation(&self.relation)? {
            return Ok(problems);
        }
        if let Some(filter) = &self.filter {
            let parsed = Expression::parse(session, filter)?;
            let key = format!("{key}.filter");
            problems.extend(self.problem(&key, filter, parsed.map(|expression| expression.sql()), session)?);
            if problems.is_empty() && self.type_of(&bracketed(filter), session)? != "BOOLEAN" {
                let hint = "compare it, as in category = 'Insurance'";
                problems.push(Problem::new(key, "must be true or false for each row", hint));
            }
        }
        let parsed = Aggregate::parse(session, &self.aggregate)?;
        let key = format!("{key}.aggregate");
        problems.extend(self.problem(&key, &self.aggregate, parsed.map(|aggregate| aggregate.sql()), session)?);
        Ok(problems)
    }

    fn problem(
        &self,
        key: &str,
        text: &str,
        parsed: Result<String, ExpressionProblem>,
        session: &Session,
    ) -> Result<Option<Problem>, EngineError> {
        let sql = match parsed {
            Ok(sql) => sql,
            Err(problem) => {
                let hint =
                    problem.hint.unwrap_or_else(|| "write it as SQL over the columns of the relation".to_owned());
                return Ok(Some(Problem::new(key, problem.message, hint).at(problem.position)));
            }
        };
        let Err(error) = self.type_of(&sql, session) else { return Ok(None) };
        let columns = session.describe(&format!("SELECT * FROM {}", self.relation))?;
        let columns: Vec<String> = columns.into_iter().map(|column| column.name).collect();
        let hint = format!("columns of {} are {}", self.relation, columns.join(", "));
        let unknown = error.message.strip_prefix("Referenced column \"").and_then(|rest| rest.split('"').next());
        let message = match unknown {
            Some(column) => format!("{} has no column `{column}`", self.relation),
            None => error.message.lines().next().unwrap_or_default().to_owned(),
        };
        let position = error.position.and_then(|at| at.checked_sub(SELECT.len() + 1)).filter(|at| *at < text.len());
        Ok(Some(Problem::new(key, message, hint).at(position)))
    }

    fn type_of(&self, sql: &str, session: &Session) -> Result<String, EngineError> {
        let columns = session.describe(&format!("{SELECT}{sql} FROM {}", self.relation))?;
        Ok(columns.into_iter().next().map(|column| column.sql_type).unwrap_or_default())
    }
}

const SELECT: &str = "SELECT ";

/// The line break ends a comment, which would swallow the bracket.
fn bracketed(sql: &str) -> String {
    format!("({sql}\n)")
}

/// What is wrong with the SQL of custom attributes, over the relations that are bound. What a plan finds without the
/// engine is not told again.
///
/// # Errors
/// [`EngineError`] of a look-up.
pub fn check_custom(session: &Session, attributes: &[CustomAttribute]) -> Result<Vec<Problem>, EngineError> {
    let mut problems = Vec::new();
    for (number, attribute) in attributes.iter().enumerate() {
        problems.extend(attribute.sql_problems(&format!("attributes.custom[{number}]"), session)?);
    }
    Ok(problems)
}

/// Custom attributes whose name another column has already.
pub(super) fn collisions(attributes: &[CustomAttribute], others: &[AttributeColumn]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (number, attribute) in attributes.iter().enumerate() {
        let same = |name: &str| name.eq_ignore_ascii_case(&attribute.name);
        let message = if same("customer_id") || others.iter().any(|column| same(&column.name)) {
            format!("`{}` is a column of another pack already", attribute.name)
        } else if attributes[..number].iter().any(|earlier| same(&earlier.name)) {
            format!("two custom attributes are called `{}`", attribute.name)
        } else {
            continue;
        };
        problems.push(Problem::new(format!("attributes.custom[{number}].name"), message, "choose another name"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(toml: &str) -> CustomAttribute {
        let base = "name = \"views\"\nrelation = \"events\"\naggregate = \"count(*)\"\n";
        let mut table: toml::Table = toml::from_str(base).unwrap();
        table.extend(toml::from_str::<toml::Table>(toml).unwrap());
        table.try_into().unwrap()
    }

    fn problems(toml: &str) -> Vec<String> {
        let has = Relations::default().with("events", &[]).with("customers", &[]);
        attribute(toml).problems("c", &has).into_iter().map(|problem| problem.key).collect()
    }

    #[test]
    fn what_is_missing_or_out_of_range_is_told_by_key() {
        assert!(problems("window_days = 30").is_empty());
        assert_eq!(problems("relation = \"visits\""), ["c.relation"]);
        assert_eq!(problems("relation = \"products\""), ["c.relation"]);
        assert_eq!(problems("relation = \"orders\""), ["c.relation"]);
        assert_eq!(problems("window_days = 0"), ["c.window_days"]);
        assert_eq!(problems("relation = \"customers\"\nwindow_days = 3"), ["c.window_days"]);
        assert_eq!(problems("name = \" \""), ["c.name"]);
    }

    #[test]
    fn what_the_user_wrote_is_never_taken_for_a_place_to_fill_in() {
        let has = Relations::default();
        let context =
            Context { as_of: chrono::DateTime::UNIX_EPOCH, has: &has, excluded_statuses: &[], min_depth_millionths: 0 };
        let odd = attribute("filter = \"category = '/* the aggregate */ $rows_after'\"");
        let query = odd.query("custom_1", &context);
        assert!(
            query.sql.contains("'/* the aggregate */ $rows_after'") && query.parameters.is_empty(),
            "{}",
            query.sql
        );
    }

    #[test]
    fn names_are_taken_whatever_their_case() {
        let both = [attribute(""), attribute("name = \"VIEWS\""), attribute("name = \"Frequency\"")];
        let others = [AttributeColumn::new("frequency", "BIGINT", "", "")];
        let keys: Vec<String> = collisions(&both, &others).into_iter().map(|problem| problem.key).collect();
        assert_eq!(keys, ["attributes.custom[1].name", "attributes.custom[2].name"]);
    }
}
