//! The older decorators of TypeScript, for those who have `experimentalDecorators` in their `tsconfig.json`.
//!
//! The transformer makes calls of helpers of them that it takes to be there: `babelHelpers.decorate()` and its like. Here they
//! become functions behind the text of the module (`legacy.js`).

use oxc_allocator::Allocator;
use oxc_ast::ast::{Expression, Program};
use oxc_ast_visit::{VisitMut, walk_mut};

use super::build::Build;

const RUNTIME: &str = include_str!("legacy.js");

/// Names the helpers as they are called here. Returns them, if any is called.
pub(super) fn lower<'a>(program: &mut Program<'a>, allocator: &'a Allocator, prefix: &str) -> String {
    let mut rename = Rename { build: Build::new(allocator), prefix, is_any: false };
    rename.visit_program(program);
    if rename.is_any { RUNTIME.replace("NAME", prefix) } else { String::new() }
}

struct Rename<'a, 'p> {
    build: Build<'a>,
    prefix: &'p str,
    is_any: bool,
}

impl<'a> VisitMut<'a> for Rename<'a, '_> {
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
