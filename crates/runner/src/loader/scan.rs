//! What a module imports; what it exports, if it is CommonJS.
//!
//! The names of a CommonJS module are those that its text gives away, as `cjs-module-lexer` finds them for Node.js:
//! assignments to `exports.name`, `Object.defineProperty(exports, 'name')`, an object for `module.exports`, and modules
//! whose exports are passed on. Others are there on the default export.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use oxc_ast::ast::{
    Argument, AssignmentExpression, AwaitExpression, CallExpression, ExportAllDeclaration,
    ExportDefaultDeclaration, ExportFromDeclaration, ExportNamedDeclaration, Expression, ForOfStatement,
    IdentifierReference, ImportDeclaration, ImportExpression, ImportMeta, MemberExpression, ObjectExpression,
    ObjectPropertyKind, Program, StringLiteral, VariableDeclarator, WithClause,
};
use oxc_ast_visit::{Visit, walk};
use serde::{Deserialize, Serialize};

/// What was found in a module.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Scan {
    /// In the order of the text.
    pub(super) imports: Vec<Import>,
    /// Whether the text is that of an ES module: it imports, exports, or awaits at its top level.
    pub(super) is_module: bool,
    /// Whether it names `module`, `exports` or `require`.
    pub(super) names_common_js: bool,
    /// What it exports if it is CommonJS.
    pub(super) exports: BTreeSet<String>,
    /// Specifiers of modules whose exports it passes on, if it is CommonJS.
    pub(super) passed_on: Vec<String>,
}

/// One place that imports something.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Import {
    pub(super) specifier: String,
    /// Where the specifier stands.
    pub(super) bytes: Range<usize>,
    pub(super) how: How,
    /// The attribute `type`.
    pub(super) kind: Option<String>,
}

/// In which way something is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum How {
    /// `import`, `export … from`: before anything is evaluated.
    Static,
    /// `import()`: whenever the code comes there.
    Dynamic,
    /// `require()`, likewise.
    Require,
}

pub(super) fn scan(program: &Program<'_>) -> Scan {
    let mut visitor = Visitor::default();
    visitor.visit_program(program);
    let Visitor { mut scan, required, listed, .. } = visitor;
    scan.passed_on.extend(listed.iter().filter_map(|name| required.get(name).cloned()));
    scan
}

#[derive(Default)]
struct Visitor {
    scan: Scan,
    /// Variables whose value is a module that is required.
    required: BTreeMap<String, String>,
    /// Variables whose keys are looped over, as Babel does to pass exports on.
    listed: Vec<String>,
    /// Functions around the present place.
    functions: usize,
}

impl Visitor {
    fn import(&mut self, source: &StringLiteral<'_>, how: How, kind: Option<String>) {
        let bytes = source.span.start as usize..source.span.end as usize;
        self.scan.imports.push(Import { specifier: source.value.to_string(), bytes, how, kind });
    }

    fn export(&mut self, name: &str) {
        // The default export is `module.exports` itself.
        if name != "default" {
            self.scan.exports.insert(name.to_owned());
        }
    }

    /// An object whose properties become exports.
    fn export_object(&mut self, object: &ObjectExpression<'_>) {
        for property in &object.properties {
            match property {
                ObjectPropertyKind::ObjectProperty(property) => {
                    if let Some(name) = property.key.static_name() {
                        self.export(&name);
                    }
                }
                ObjectPropertyKind::SpreadProperty(spread) => self.pass_on(&spread.argument),
            }
        }
    }

    /// A module whose exports become exports, if `value` is one.
    fn pass_on(&mut self, value: &Expression<'_>) {
        if let Some(specifier) = required_by(value) {
            self.scan.passed_on.push(specifier);
        }
    }
}

impl<'a> Visit<'a> for Visitor {
    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        self.scan.is_module = true;
        self.import(&it.source, How::Static, type_of(it.with_clause.as_deref()));
    }

    fn visit_export_all_declaration(&mut self, it: &ExportAllDeclaration<'a>) {
        self.scan.is_module = true;
        self.import(&it.source, How::Static, type_of(it.with_clause.as_deref()));
    }

    fn visit_export_from_declaration(&mut self, it: &ExportFromDeclaration<'a>) {
        self.scan.is_module = true;
        self.import(&it.source, How::Static, type_of(it.with_clause.as_deref()));
    }

    fn visit_export_named_declaration(&mut self, it: &ExportNamedDeclaration<'a>) {
        self.scan.is_module = true;
        walk::walk_export_named_declaration(self, it);
    }

    fn visit_export_declaration(&mut self, it: &oxc_ast::ast::ExportDeclaration<'a>) {
        self.scan.is_module = true;
        walk::walk_export_declaration(self, it);
    }

    fn visit_export_default_declaration(&mut self, it: &ExportDefaultDeclaration<'a>) {
        self.scan.is_module = true;
        walk::walk_export_default_declaration(self, it);
    }

    fn visit_import_meta(&mut self, _: &ImportMeta) {
        self.scan.is_module = true;
    }

    fn visit_function(&mut self, it: &oxc_ast::ast::Function<'a>, flags: oxc_semantic::ScopeFlags) {
        self.functions += 1;
        walk::walk_function(self, it, flags);
        self.functions -= 1;
    }

    fn visit_arrow_function_expression(&mut self, it: &oxc_ast::ast::ArrowFunctionExpression<'a>) {
        self.functions += 1;
        walk::walk_arrow_function_expression(self, it);
        self.functions -= 1;
    }

    fn visit_await_expression(&mut self, it: &AwaitExpression<'a>) {
        self.scan.is_module |= self.functions == 0;
        walk::walk_await_expression(self, it);
    }

    fn visit_for_of_statement(&mut self, it: &ForOfStatement<'a>) {
        self.scan.is_module |= it.r#await && self.functions == 0;
        walk::walk_for_of_statement(self, it);
    }

    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        self.scan.names_common_js |= matches!(it.name.as_str(), "module" | "exports" | "require");
    }

    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        if let Expression::StringLiteral(source) = &it.source {
            let kind = it.options.as_ref().and_then(|options| {
                let Expression::ObjectExpression(with) = property(options, "with")? else { return None };
                match property_of(with, "type")? {
                    Expression::StringLiteral(kind) => Some(kind.value.to_string()),
                    _ => None,
                }
            });
            self.import(source, How::Dynamic, kind);
        }
        walk::walk_import_expression(self, it);
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        if let (Some(name), Some(init)) = (it.id.get_identifier_name(), &it.init) {
            // `require('x')`, or a function of Babel around it.
            let specifier = required_by(init).or_else(|| match init {
                Expression::CallExpression(call) => {
                    call.arguments.first().and_then(Argument::as_expression).and_then(required_by)
                }
                _ => None,
            });
            if let Some(specifier) = specifier {
                self.required.insert(name.to_string(), specifier);
            }
        }
        walk::walk_variable_declarator(self, it);
    }

    fn visit_assignment_expression(&mut self, it: &AssignmentExpression<'a>) {
        if let Some(target) = it.left.as_member_expression() {
            if is_module_exports(target) {
                match &it.right {
                    Expression::ObjectExpression(object) => self.export_object(object),
                    value => self.pass_on(value),
                }
            } else if is_exports(target.object())
                && let Some(name) = target.static_property_name()
            {
                self.export(name);
            }
        }
        walk::walk_assignment_expression(self, it);
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        if let Some(source) = it.common_js_require() {
            self.import(source, How::Require, None);
        }
        let argument = |at: usize| it.arguments.get(at).and_then(Argument::as_expression);
        if it.callee.is_specific_member_access("Object", "defineProperty")
            && argument(0).is_some_and(is_exports)
            && let Some(Expression::StringLiteral(name)) = argument(1)
        {
            self.export(&name.value);
        }
        if it.callee.is_specific_member_access("Object", "keys")
            && let Some(Expression::Identifier(name)) = argument(0)
        {
            self.listed.push(name.name.to_string());
        }
        // TypeScript's helpers, of a package or of the file.
        let callee = match &it.callee {
            Expression::Identifier(name) => Some(name.name.as_str()),
            callee => callee.as_member_expression().and_then(MemberExpression::static_property_name),
        };
        if matches!(callee, Some("__exportStar" | "__export"))
            && let Some(value) = argument(0)
        {
            self.pass_on(value);
        }
        walk::walk_call_expression(self, it);
    }
}

fn is_module_exports(member: &MemberExpression<'_>) -> bool {
    member.is_specific_member_access("module", "exports")
}

/// Whether it is `exports` or `module.exports`.
fn is_exports(value: &Expression<'_>) -> bool {
    value.is_specific_id("exports") || value.as_member_expression().is_some_and(is_module_exports)
}

/// The specifier, if it is `require('…')`.
fn required_by(value: &Expression<'_>) -> Option<String> {
    match value {
        Expression::CallExpression(call) => Some(call.common_js_require()?.value.to_string()),
        _ => None,
    }
}

fn property<'a, 'b>(value: &'b Expression<'a>, name: &str) -> Option<&'b Expression<'a>> {
    match value {
        Expression::ObjectExpression(object) => property_of(object, name),
        _ => None,
    }
}

fn property_of<'a, 'b>(object: &'b ObjectExpression<'a>, name: &str) -> Option<&'b Expression<'a>> {
    object.properties.iter().find_map(|property| match property {
        ObjectPropertyKind::ObjectProperty(property) if property.key.is_specific_static_name(name) => {
            Some(&property.value)
        }
        _ => None,
    })
}

/// The attribute `type` of an import.
fn type_of(clause: Option<&WithClause<'_>>) -> Option<String> {
    let mut entries = clause?.with_entries.iter();
    let entry = entries.find(|entry| entry.key.as_arena_str() == "type")?;
    Some(entry.value.value.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::compile::{Settings, compile};
    use super::super::dialect::Dialect;
    use super::*;

    fn of(text: &str) -> Scan {
        compile("a.js", text, Dialect::JavaScript, &Settings::default()).unwrap().scan
    }

    #[test]
    fn what_is_imported() {
        let scan =
            of("import a, { b } from './a';\nexport * from \"b\";\nexport { c } from 'c';\nimport 'd';\n\
             import j from './j.json' with { type: 'json' };\n\
             const e = () => import('./e', { with: { type: 'text' } });\nimport(dynamic);\n");
        let found: Vec<_> = scan
            .imports
            .iter()
            .map(|import| (import.specifier.as_str(), import.how, import.kind.as_deref()))
            .collect();
        let json = ("./j.json", How::Static, Some("json"));
        let plain = |name| (name, How::Static, None);
        let dynamic = ("./e", How::Dynamic, Some("text"));
        assert_eq!(found, [plain("./a"), plain("b"), plain("c"), plain("d"), json, dynamic]);
        assert!(scan.is_module && !scan.names_common_js);
        assert_eq!(scan.imports[0].bytes, 21..26);
    }

    #[test]
    fn what_is_a_module() {
        for text in ["export {}", "export default 1", "export const a = 1", "import.meta.url", "import 'a'"] {
            assert!(of(text).is_module, "{text}");
        }
        for text in ["import('a')", "exports.a = 1", "async () => await import('a')", "", "exports.a = `"] {
            assert!(!of(text).is_module, "{text}");
        }
    }

    #[test]
    fn names_of_common_js() {
        for (text, names) in [
            ("exports.a = 1; module.exports.b = 2; exports['c-d'] = 3; exports.default = 4", "a b c-d"),
            (
                "Object.defineProperty(exports, '__esModule', { value: true }); exports.a = exports.b = void 0",
                "__esModule a b",
            ),
            ("module.exports = { a, b: 1, 'c': 2, d() {}, get e() {}, [f]: 3 }", "a b c d e"),
            ("0 && (module.exports = { a, b })", "a b"),
            ("var E; (function (E) {})(E || (exports.E = E = {}))", "E"),
            ("(function () { exports.a = 1 })()", "a"),
            ("return exports.a = 1", "a"),
            ("with (a) exports.b = 010", "b"),
            ("module.exports = function () {}", ""),
        ] {
            let scan = of(text);
            let found: Vec<_> = scan.exports.iter().map(String::as_str).collect();
            assert_eq!(found.join(" "), names, "{text}");
            assert!(scan.names_common_js && !scan.is_module, "{text}");
        }
    }

    #[test]
    fn modules_that_are_passed_on() {
        for text in [
            "module.exports = require('./a')",
            "module.exports = { ...require('./a') }",
            "__exportStar(require('./a'), exports)",
            "tslib_1.__exportStar(require('./a'), exports)",
            "var _a = require('./a'); Object.keys(_a).forEach(key => { exports[key] = _a[key] })",
            "var _a = _interopRequireWildcard(require('./a')); Object.keys(_a).forEach(function () { exports })",
        ] {
            let scan = of(text);
            assert_eq!(scan.passed_on, ["./a"], "{text}");
            assert_eq!((scan.imports.len(), scan.imports[0].how), (1, How::Require), "{text}");
        }
    }
}
