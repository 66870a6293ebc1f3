//! Puts variables into the raw tree, before anything is read from it.

use secrecy::SecretString;

use super::SqlText;
use super::context::Context;
use super::tree::{Spanned, Table, Text, Value};
use super::variables::{Lookup, Part, parts};
use crate::config::diagnostics::Span;

/// What to do with `${VAR}`.
#[derive(Clone, Copy)]
pub(super) enum Variables<'a> {
    /// Check the form, and leave them as they are.
    Keep,
    /// Replace them; one that is not set is an error.
    Replace(Lookup<'a>),
}

/// Treats every text in a table. Keys stay.
pub(super) fn substitute(table: &mut Table, variables: Variables<'_>, cx: &mut Context<'_>) {
    for entry in &mut table.entries {
        treat(&mut entry.value, variables, cx);
    }
}

fn treat(value: &mut Spanned<Value>, variables: Variables<'_>, cx: &mut Context<'_>) {
    match &mut value.value {
        Value::Text(text) => {
            if let Text::Plain(typed) = text
                && typed.contains("${")
            {
                *text = replaced(typed, value.span, variables, cx);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| treat(item, variables, cx)),
        Value::Table(table) => substitute(table, variables, cx),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
    }
}

fn replaced(typed: &str, span: Span, variables: Variables<'_>, cx: &mut Context<'_>) -> Text {
    let place_of = |range, cx: &Context<'_>| SqlText::new(typed, span, cx.source.slice(span)).span_of(range);
    let parts = match parts(typed) {
        Ok(parts) => parts,
        Err(bad) => {
            let span = place_of(bad.range, cx);
            cx.error(span, "bad-variable", bad.message)
                .hint("variables look like ${NAME}; write $${ where `${` itself is meant");
            return Text::Unresolved(typed.to_owned());
        }
    };
    let has_variables = parts.iter().any(|part| matches!(part, Part::Variable(_)));
    let Variables::Replace(lookup) = variables else {
        let unescaped = || typed.replace("$${", "${");
        return if has_variables { Text::Unresolved(typed.to_owned()) } else { Text::Plain(unescaped()) };
    };
    let mut text = String::with_capacity(typed.len());
    let mut complete = true;
    for part in parts {
        match part {
            Part::Literal(literal) => text.push_str(literal),
            Part::Escape => text.push_str("${"),
            Part::Variable(name) => {
                if let Some(value) = lookup(name) {
                    text.push_str(&value);
                } else {
                    complete = false;
                    let at = typed.find(&format!("${{{name}}}")).unwrap_or_default();
                    let span = place_of(at..at + name.len() + 3, cx);
                    cx.error(span, "missing-variable", format!("the variable `{name}` is not set"))
                        .hint(format!("set it for this run: export {name}=…"));
                }
            }
        }
    }
    match (complete, has_variables) {
        (false, _) => Text::Unresolved(typed.to_owned()),
        (true, true) => Text::Substituted(SecretString::from(text)),
        (true, false) => Text::Plain(text),
    }
}
