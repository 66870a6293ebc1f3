//! Putting the `.sql` files together: steps chained as CTEs, parameters given to those who mention them.

use super::pack::{Context, PackQuery, Parameter};
use super::step::Step;

/// Makes one query of steps that read each other, and a last one. Each step is the text of a `.sql` file.
pub(super) fn chain(steps: &[(&str, &str)], last: &str) -> String {
    if steps.is_empty() {
        return last.to_owned();
    }
    let steps: Vec<String> = steps.iter().map(|(name, sql)| format!("{name} as (\n{sql})")).collect();
    format!("with\n{}\nselect * from (\n{last}) as result", steps.join(",\n"))
}

/// A query with those of the parameters that its text mentions.
pub(super) fn query(relation: &str, sql: &str, context: &Context<'_>, own: Vec<(&str, Parameter)>) -> PackQuery {
    let mut parameters: Vec<(String, Parameter)> =
        own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    parameters.push(("as_of".to_owned(), Parameter::Timestamp(context.as_of)));
    parameters.push(("min_depth_millionths".to_owned(), Parameter::Int(context.min_depth_millionths)));
    let (sql, statuses) = expand_statuses(sql, context.excluded_statuses);
    parameters.extend(statuses);
    parameters.retain(|(name, _)| mentions(&sql, name));
    PackQuery { relation: relation.to_owned(), sql, parameters }
}

/// A [`query`] as a step.
pub(super) fn step(relation: &str, sql: &str, context: &Context<'_>, own: Vec<(&str, Parameter)>) -> Step {
    Step::Query(query(relation, sql, context, own))
}

/// A list cannot be bound in a portable way: `$excluded_statuses` becomes one parameter for each status.
fn expand_statuses(sql: &str, statuses: &[String]) -> (String, Vec<(String, Parameter)>) {
    // Without any status to exclude the list still needs a member, and one that no order has: a control character.
    let nobody = ["\u{1f}".to_owned()];
    let statuses = if statuses.is_empty() { &nobody[..] } else { statuses };
    let parameters: Vec<(String, Parameter)> = statuses
        .iter()
        .enumerate()
        .map(|(number, status)| (format!("excluded_status_{}", number + 1), Parameter::Text(status.to_lowercase())))
        .collect();
    let names: Vec<String> = parameters.iter().map(|(name, _)| format!("${name}")).collect();
    (sql.replace("$excluded_statuses", &names.join(", ")), parameters)
}

fn mentions(sql: &str, parameter: &str) -> bool {
    let name = format!("${parameter}");
    sql.match_indices(&name).any(|(start, _)| {
        let after = sql[start + name.len()..].chars().next();
        !after.is_some_and(|next| next.is_ascii_alphanumeric() || next == '_')
    })
}

/// A name as a quoted SQL identifier.
pub(super) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name as part of a column name: `Frozen Meat & Fish` becomes `frozen_meat_fish`.
pub(super) fn slug(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("_")
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::super::pack::Relations;
    use super::*;

    fn bound(sql: &str, statuses: &[String]) -> PackQuery {
        let has = Relations::default();
        let context = Context {
            as_of: DateTime::UNIX_EPOCH,
            has: &has,
            excluded_statuses: statuses,
            min_depth_millionths: 50_000,
        };
        query("r", sql, &context, vec![("cut_1", Parameter::Int(1)), ("cut_10", Parameter::Int(10))])
    }

    #[test]
    fn only_parameters_that_the_text_mentions_are_bound() {
        let names: Vec<String> =
            bound("select $cut_10, $as_of", &[]).parameters.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["cut_10", "as_of"]);
    }

    #[test]
    fn each_excluded_status_becomes_a_parameter_in_lower_case() {
        let query = bound("status not in ($excluded_statuses)", &["VOID".to_owned(), "lost".to_owned()]);
        assert_eq!(query.sql, "status not in ($excluded_status_1, $excluded_status_2)");
        assert_eq!(query.parameters[0].1, Parameter::Text("void".to_owned()));
    }

    #[test]
    fn excluding_no_status_is_still_valid_sql() {
        assert_eq!(bound("status not in ($excluded_statuses)", &[]).sql, "status not in ($excluded_status_1)");
    }

    #[test]
    fn steps_become_ctes_in_front_of_the_last_one() {
        assert_eq!(
            chain(&[("a", "select 1\n")], "select * from a\n"),
            "with\na as (\nselect 1\n)\nselect * from (\nselect * from a\n) as result"
        );
        assert_eq!(chain(&[], "select 1"), "select 1");
    }
}
