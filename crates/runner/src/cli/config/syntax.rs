//! From text to a tree of values with their places: TOML, and JSON with comments.
//!
//! There is one kind of tree, that of `toml`, so that the rest does not know what a file was written in.

use std::borrow::Cow;

use jsonc_parser::ast::Value as Json;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::problem::{Problem, Quoted, Report};

/// A value with its place.
pub(super) type Node<'a> = Spanned<DeValue<'a>>;

/// A key with its place.
pub(super) type Key<'a> = Spanned<Cow<'a, str>>;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Toml,
    Jsonc,
}

/// The table that a text is. Everything that is wrong with its syntax is reported; there is no table then.
pub(super) fn parse<'a>(syntax: Syntax, text: &'a str, report: &mut Report) -> Option<DeTable<'a>> {
    match syntax {
        Syntax::Toml => {
            let (table, errors) = parse_toml(text);
            for error in &errors {
                let problem = Problem::error(format!("not TOML: {}", Quoted(error.message())));
                report.push(match error.span() {
                    Some(span) => problem.at(span),
                    None => problem,
                });
            }
            errors.is_empty().then(|| table.into_inner())
        }
        Syntax::Jsonc => parse_json(text, report),
    }
}

/// The table, and what is wrong: all of it for a text of a size that somebody writes, and otherwise the first error. Each
/// error carries a copy of the text, and garbage has an error every two bytes.
fn parse_toml(text: &str) -> (Spanned<DeTable<'_>>, Vec<toml::de::Error>) {
    const WRITTEN_BY_HAND: usize = 64 << 10;
    if text.len() <= WRITTEN_BY_HAND {
        return DeTable::parse_recoverable(text);
    }
    match DeTable::parse(text) {
        Ok(table) => (table, Vec::new()),
        Err(error) => (Spanned::new(0..0, DeTable::new()), vec![error]),
    }
}

fn parse_json<'a>(text: &'a str, report: &mut Report) -> Option<DeTable<'a>> {
    // What wrangler takes: comments and trailing commas.
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    match parse_to_ast(text, &CollectOptions::default(), &options).map(|parsed| parsed.value) {
        Err(error) => {
            let range = error.range();
            let problem = Problem::error(format!("not JSON: {}", Quoted(&error.kind().to_string())));
            report.push(problem.at(range.start..range.end));
            None
        }
        Ok(Some(Json::Object(object))) => {
            let mut broken = false;
            let table = table_of(object, report, &mut broken);
            (!broken).then_some(table)
        }
        Ok(_) => {
            report.push(Problem::error("not a configuration: expected a JSON object"));
            None
        }
    }
}

fn table_of<'a>(
    object: jsonc_parser::ast::Object<'a>,
    report: &mut Report,
    broken: &mut bool,
) -> DeTable<'a> {
    let mut table = DeTable::new();
    for property in object.properties {
        let range = property.name.range();
        let name = match property.name {
            jsonc_parser::ast::ObjectPropName::String(name) => name.value,
            jsonc_parser::ast::ObjectPropName::Word(name) => name.value.into(),
        };
        let key = Spanned::new(range.start..range.end, name);
        if table.contains_key(&key) {
            *broken = true;
            let title = format!("`{}` is there twice", Quoted(key.get_ref()));
            report.push(Problem::error(title).at(key.span()));
        } else if let Some(value) = node_of(property.value, report, broken) {
            table.insert(key, value);
        }
    }
    table
}

/// `null` is as if it were not there.
fn node_of<'a>(value: Json<'a>, report: &mut Report, broken: &mut bool) -> Option<Node<'a>> {
    let range = value.range();
    let span = range.start..range.end;
    let value = match value {
        Json::NullKeyword(_) => return None,
        Json::StringLit(text) => DeValue::String(text.value),
        Json::BooleanLit(boolean) => DeValue::Boolean(boolean.value),
        Json::NumberLit(number) => match DeValue::parse(number.value) {
            Ok(value) => value.into_inner(),
            Err(_) => {
                *broken = true;
                report.push(Problem::error("not a number of ours").at(span));
                return None;
            }
        },
        Json::Array(array) => {
            let mut elements = DeArray::new();
            for element in array.elements {
                if let Some(element) = node_of(element, report, broken) {
                    elements.push(element);
                }
            }
            DeValue::Array(elements)
        }
        Json::Object(object) => DeValue::Table(table_of(object, report, broken)),
    };
    Some(Spanned::new(span, value))
}
