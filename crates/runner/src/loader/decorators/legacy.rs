//! The older decorators of TypeScript, for those who have `experimentalDecorators` in their `tsconfig.json`.
//!
//! The transformer makes calls of helpers of them that it takes to be there: `babelHelpers.decorate()` and its like. Here they
//! become functions behind the text of the module (`legacy.js`).

use oxc_allocator::{Allocator, ArenaVec};
use oxc_ast::ast::{Argument, Expression, Program, PropertyDefinition, PropertyKey, Statement};
use oxc_ast_visit::{Visit, VisitMut, walk, walk_mut};

use super::build::Build;

const RUNTIME: &str = include_str!("legacy.js");

/// Names the helpers as they are called here. Returns them, if any is called.
pub(super) fn lower<'a>(program: &mut Program<'a>, allocator: &'a Allocator, prefix: &str) -> String {
    let mut rename = Rename { build: Build::new(allocator), prefix, is_any: false };
    rename.visit_program(program);
    if rename.is_any { RUNTIME.replace("NAME", prefix) } else { String::new() }
}

/// Whether fields can be assigned to with the decorators that there are: the transformer forgets those of static fields then, and
/// the names of keys that are not written as names.
pub(in super::super) fn can_assign(program: &Program<'_>) -> bool {
    struct Fields(bool);

    impl<'a> Visit<'a> for Fields {
        fn visit_property_definition(&mut self, it: &PropertyDefinition<'a>) {
            let is_named = matches!(it.key, PropertyKey::StaticIdentifier(_));
            self.0 &= it.decorators.is_empty() || is_named && !it.r#static;
            walk::walk_property_definition(self, it);
        }
    }

    let mut fields = Fields(true);
    fields.visit_program(program);
    fields.0
}

struct Rename<'a, 'p> {
    build: Build<'a>,
    prefix: &'p str,
    is_any: bool,
}

impl Rename<'_, '_> {
    /// Whether a statement applies the decorators of an element, and of a static one.
    fn applies(&self, statement: &Statement<'_>) -> Option<bool> {
        let Statement::ExpressionStatement(statement) = statement else { return None };
        let Expression::CallExpression(call) = &statement.expression else { return None };
        let Expression::Identifier(callee) = &call.callee else { return None };
        if call.arguments.len() < 3 || !callee.name.starts_with(self.prefix) {
            return None;
        }
        Some(
            !matches!(&call.arguments[1], Argument::StaticMemberExpression(member) if member.property.name == "prototype"),
        )
    }
}

impl<'a> VisitMut<'a> for Rename<'a, '_> {
    /// Those of instances are applied before those that are static, wherever they stand.
    fn visit_statements(&mut self, it: &mut ArenaVec<'a, Statement<'a>>) {
        walk_mut::walk_statements(self, it);
        for run in it.chunk_by_mut(|a, b| self.applies(a).is_some() && self.applies(b).is_some()) {
            if run.len() > 1 {
                run.sort_by_key(|statement| self.applies(statement));
            }
        }
    }

    fn visit_expression(&mut self, it: &mut Expression<'a>) {
        walk_mut::walk_expression(self, it);
        let Expression::StaticMemberExpression(member) = it else { return };
        let is_helper = matches!(&member.object, Expression::Identifier(id) if id.name == "babelHelpers");
        if is_helper && member.property.name.starts_with("decorate") {
            self.is_any = true;
            let name = self.build.text(&format!("{}{}", self.prefix, member.property.name));
            *it = self.build.name(name);
        }
    }
}
