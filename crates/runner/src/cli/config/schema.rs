//! The JSON schema of `runner.toml`, for editors.
//!
//! The tables that stand for flags are made from the flags: names, types, defaults and help.

use clap::Command;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::flags::{self, FlagKey, Kind, SECTIONS};
use super::worker::{Variable, WorkerTable};

/// The schema. `command` is the command line without variables of the environment.
pub(super) fn schema(command: &Command) -> Value {
    let keys = flags::keys(command);
    let mut generator = SchemaGenerator::default();
    let mut properties = Map::new();
    properties.insert("$schema".to_owned(), json!({ "type": "string", "description": "This schema." }));
    for (heading, section) in SECTIONS {
        let of_section = keys.iter().filter(|key| key.section == section);
        let flags: Map<_, _> = of_section.map(|key| (key.name.clone(), of_flag(key))).collect();
        let table = json!({
            "type": "object",
            "description": format!("The flags of `runner serve` under {heading}."),
            "additionalProperties": false,
            "properties": flags,
        });
        properties.insert(section.to_owned(), table);
    }
    let variables = json!({
        "type": "object",
        "description": "Variables of all workers' environments.",
        "additionalProperties": of_type::<Variable>(&mut generator),
    });
    properties.insert("env".to_owned(), variables);
    let workers = json!({
        "type": "array",
        "description": "The workers.",
        "items": of_type::<WorkerTable>(&mut generator),
    });
    properties.insert("worker".to_owned(), workers);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of runner",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "$defs": generator.take_definitions(true),
    })
}

fn of_type<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

fn of_flag(key: &FlagKey) -> Value {
    let kind = key.kind();
    let number = |text: &str| text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number));
    let mut schema = match kind {
        Kind::Number => json!({ "type": "integer", "minimum": 0 }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Path => json!({ "type": "string" }),
        Kind::Text => match key.choices() {
            choices if choices.is_empty() => json!({ "type": ["string", "integer"] }),
            choices => json!({ "enum": choices }),
        },
        Kind::Texts => json!({ "type": ["string", "array"], "items": { "type": "string" } }),
    };
    if let Some(help) = key.arg.get_help() {
        schema["description"] = json!(help.to_string());
    }
    if let [default] = key.arg.get_default_values() {
        let default = default.to_string_lossy();
        schema["default"] = match kind {
            Kind::Number => number(&default),
            Kind::Boolean => json!(default == "true"),
            Kind::Path | Kind::Text | Kind::Texts => json!(default),
        };
    }
    schema
}
