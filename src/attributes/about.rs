//! What a pack is for, and what it can be set by.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// What a pack is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// Its name for people.
    pub title: &'static str,
    /// The question that its columns answer, and what of.
    pub text: &'static str,
    /// The table of the sync file that turns it on.
    pub table: &'static str,
}

/// A key of a pack's table in the sync file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackParameter {
    /// The key; of a table within the table, with its key in front: `weights.orders`.
    pub key: String,
    /// What it decides, and its range.
    pub meaning: String,
    /// Its default, as in TOML; none where it is left out by default, or required.
    pub default: Option<String>,
    /// Whether it has to be given.
    pub is_required: bool,
}

/// The keys of a table: their meaning is the documentation of the settings' fields, and their default what the settings
/// have by default, so that neither can be told wrongly.
pub(super) fn parameters<T: JsonSchema>() -> Vec<PackParameter> {
    let settings = SchemaSettings::default().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let mut parameters = Vec::new();
    collect(schema.as_value(), "", None, &mut parameters);
    parameters
}

/// Keys of `table`, and those of tables in it. `defaults` are those that the table around it gives.
fn collect(table: &Value, prefix: &str, defaults: Option<&Value>, parameters: &mut Vec<PackParameter>) {
    for (key, schema) in table["properties"].as_object().into_iter().flatten() {
        let key = format!("{prefix}{key}");
        let own = key.rsplit('.').next().unwrap_or(&key);
        let default = defaults.and_then(|defaults| defaults.get(own)).or_else(|| schema.get("default"));
        if schema["properties"].is_object() {
            collect(schema, &format!("{key}."), default, parameters);
            continue;
        }
        let meaning = one_line(schema["description"].as_str().unwrap_or_default());
        // What has to be given within a table that can be left out is for the table to say.
        let is_required =
            prefix.is_empty() && table["required"].as_array().is_some_and(|keys| keys.iter().any(|one| one == own));
        parameters.push(PackParameter { meaning, default: default.and_then(toml_text), is_required, key });
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A value as the sync file would write it.
fn toml_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Array(items) => Some(format!("[{}]", items.iter().filter_map(toml_text).collect::<Vec<_>>().join(", "))),
        Value::Number(number) => Some(number.as_f64().map_or_else(|| number.to_string(), |number| number.to_string())),
        other => Some(other.to_string()),
    }
}
