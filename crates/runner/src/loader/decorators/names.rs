//! Names that no text has, and those that anonymous functions get.

use std::collections::BTreeSet;

use oxc_ast::ast::{AssignmentOperator, AssignmentTarget, BindingPattern, Expression, PropertyKey};

use super::build::Build;

/// What names begin with.
const BASE: &str = "_dec";

/// A prefix that is nowhere in a text: `_dec0_`, or with another number.
pub(super) fn unused_prefix(text: &str) -> String {
    let mut used = BTreeSet::new();
    for (at, _) in text.match_indices(BASE) {
        let rest = &text[at + BASE.len()..];
        let digits = rest.bytes().take(10).take_while(u8::is_ascii_digit).count();
        used.extend(rest[..digits].parse::<u64>().ok());
    }
    let number = (0..).zip(&used).find(|(number, used)| number != *used);
    let number = number.map_or(used.len() as u64, |(number, _)| number);
    format!("{BASE}{number}_")
}

/// Whether it is a function, or a class, that gets its name from where it stands.
pub(super) fn is_anonymous(value: &Expression<'_>) -> bool {
    match value.without_parentheses() {
        Expression::ArrowFunctionExpression(_) => true,
        Expression::FunctionExpression(function) => function.id.is_none(),
        Expression::ClassExpression(class) => class.id.is_none(),
        _ => false,
    }
}

/// The name of what is bound.
pub(super) fn of_binding<'a>(pattern: &BindingPattern<'a>) -> Option<&'a str> {
    match pattern {
        BindingPattern::BindingIdentifier(id) => Some(id.name.into()),
        _ => None,
    }
}

/// The name of what is assigned to, by an operator that gives it on.
pub(super) fn of_target<'a>(operator: AssignmentOperator, target: &AssignmentTarget<'a>) -> Option<&'a str> {
    match target {
        AssignmentTarget::AssignmentTargetIdentifier(id) if operator.is_assign() || operator.is_logical() => {
            Some(id.name.into())
        }
        _ => None,
    }
}

/// The name that a function or a class gets from the key that it is the value of, if that is written there.
pub(super) fn from_key<'a>(build: &Build<'a>, key: &PropertyKey<'a>, is_computed: bool) -> Option<&'a str> {
    match key {
        PropertyKey::PrivateIdentifier(id) => Some(build.text(&format!("#{}", id.name))),
        // Where both languages write a number in the same way.
        PropertyKey::NumericLiteral(number) if matches!(number.value, 0.0 | 1e-6..1e21) => {
            Some(build.text(&number.value.to_string()))
        }
        key => of_key(key, is_computed),
    }
}

/// The name of a property, if it is written there.
pub(super) fn of_key<'a>(key: &PropertyKey<'a>, is_computed: bool) -> Option<&'a str> {
    match key {
        PropertyKey::StaticIdentifier(id) => Some(id.name.into()),
        PropertyKey::StringLiteral(text) if !is_computed => Some(text.value.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_nowhere_in_the_text() {
        for (text, prefix) in [
            ("", "_dec0_"),
            ("_dec", "_dec0_"),
            ("_dec0_1 _dec2", "_dec1_"),
            ("_dec0 _dec1_x _dec1", "_dec2_"),
            ("_dec00_", "_dec1_"),
            ("a_dec99999999999999999999_dec", "_dec0_"),
        ] {
            assert_eq!(unused_prefix(text), prefix, "{text}");
        }
    }
}
