//! TypeScript and JSX as JavaScript, and what a module imports.
//!
//! Types go away, as `isolatedModules` has it: each file alone, without looking at the types of another. What TypeScript has
//! beyond types becomes code: enums, namespaces, parameter properties, `import a = b.c`. Elements become calls. Everything
//! else stays as it is written, since V8 knows all of the standard but [decorators].
//!
//! JavaScript is parsed for its imports only, and not changed unless there are decorators in it. What else is wrong with it is
//! for V8 to say.

use std::borrow::Cow;
use std::path::Path;

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    AccessorProperty, Decorator, FormalParameter, MethodDefinition, Program, PropertyDefinition,
    TSExportAssignment, TSImportEqualsDeclaration, TSModuleReference,
};
use oxc_ast_visit::{Visit, walk};
use oxc_codegen::{Codegen, CodegenOptions};
use oxc_diagnostics::{Diagnostics, OxcDiagnostic};
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::SemanticBuilder;
use oxc_span::{GetSpan, Span};
use oxc_transformer::{
    CompilerAssumptions, DecoratorOptions, HelperLoaderMode, HelperLoaderOptions, JsxOptions, JsxRuntime,
    TransformOptions, Transformer, TypeScriptOptions,
};
use serde::{Deserialize, Serialize};

use super::decorators::{self, Decorated, Refused};
use super::dialect::Dialect;
use super::nesting;
use super::scan::{self, Scan};
use crate::workers::SourceError;

/// JavaScript that was made of another dialect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transpiled {
    /// The code.
    pub code: String,
    /// Its source map, version 3, in JSON, with the text that it was made of.
    pub map: String,
}

/// What a `tsconfig.json` says about the code that is made.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    /// Whether elements become calls of `React.createElement` or what stands for it, which the module has to import.
    pub(super) classic_jsx: bool,
    pub(super) jsx_factory: Option<String>,
    pub(super) jsx_fragment_factory: Option<String>,
    pub(super) jsx_import_source: Option<String>,
    /// Whether an import stays if nothing of it is used.
    pub(super) verbatim_module_syntax: bool,
    /// Whether decorators are those that TypeScript had before there was a standard, and what they are told of types.
    pub(super) legacy_decorators: bool,
    pub(super) decorator_metadata: bool,
    pub(super) strict_null_checks: bool,
    /// Whether fields are assigned to, as before they were in the standard, and are not there without a value.
    pub(super) assigned_fields: bool,
}

/// A module that was looked into.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Compiled {
    /// `None` if its text runs as it is.
    pub(super) transpiled: Option<Transpiled>,
    pub(super) scan: Scan,
}

/// Looks into a text in `dialect`, and makes JavaScript of it if it is something else; `file` is what a person is shown.
/// Blocks while it works, on the caller's stack.
///
/// # Errors
/// The first thing that is wrong with it; for JavaScript only if it has decorators.
pub(super) fn compile(
    file: &str,
    text: &str,
    dialect: Dialect,
    settings: &Settings,
) -> Result<Compiled, SourceError> {
    if dialect == Dialect::JavaScript {
        return look_into(file, text);
    }
    let checked = |diagnostics: &Diagnostics| checked(file, text, diagnostics);
    nesting::check(text).map_err(|offset| {
        SourceError::new(file, text, offset..offset, "this nests too deeply to be compiled")
    })?;
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, dialect.source_type()).parse();
    checked(&parsed.diagnostics).map_err(|error| match has_elements(text, dialect) {
        true => error.with_hint("elements (JSX) are for files that end with .tsx"),
        false => error,
    })?;
    let mut program = parsed.program;
    refuse_unsupported(file, text, &program, settings.legacy_decorators)?;
    // A comment that names the function wants a call of it.
    let head = program.body.first().map_or(text.len(), |statement| statement.span().start as usize);
    let settings = Settings {
        classic_jsx: settings.classic_jsx || text[..head].contains("@jsx "),
        assigned_fields: settings.assigned_fields && decorators::can_assign(&program),
        ..settings.clone()
    };

    let built =
        SemanticBuilder::new_compiler().with_excess_capacity(2.0).with_enum_eval(true).build(&program);
    checked(&built.diagnostics)?;
    let scoping = built.semantic.into_scoping();
    let transformed = Transformer::new(&allocator, Path::new(file), &settings.options())
        .build_with_scoping(scoping, &mut program);
    checked(&transformed.diagnostics)?;
    let scan = scan::scan(&program);

    let behind = match may_be_decorated(text) {
        true => decorators::lower(&mut program, &allocator, text, settings.legacy_decorators),
        false => String::new(),
    };
    Ok(Compiled { transpiled: Some(print(file, &program, &behind)), scan })
}

/// The text of a program, and what has to be behind it.
fn print(file: &str, program: &Program<'_>, behind: &str) -> Transpiled {
    // No indentation: of a text that nests deeply it would be more than all the rest.
    let options =
        CodegenOptions { source_map_path: Some(file.into()), indent_width: 0, ..CodegenOptions::default() };
    let printed = Codegen::new().with_options(options).build(program);
    let map = printed.map.map(|map| map.to_json_string()).unwrap_or_default();
    Transpiled { code: printed.code + behind, map }
}

fn checked(file: &str, text: &str, diagnostics: &Diagnostics) -> Result<(), SourceError> {
    match diagnostics.errors().next() {
        Some(diagnostic) => Err(error_of(file, text, diagnostic)),
        None => Ok(()),
    }
}

/// Whether it is worth looking for decorators and auto-accessors in a text.
pub(super) fn may_be_decorated(text: &str) -> bool {
    text.contains('@') || text.contains("accessor")
}

/// Whether a text that cannot be parsed would do in the dialect with elements.
fn has_elements(text: &str, dialect: Dialect) -> bool {
    let allocator = Allocator::default();
    dialect == Dialect::TypeScript
        && text.contains("</")
        && Parser::new(&allocator, text, Dialect::Tsx.source_type())
            .parse()
            .diagnostics
            .errors()
            .next()
            .is_none()
}

/// What JavaScript imports, and what becomes of it if it has decorators. Where the parser gives up, it is nothing.
fn look_into(file: &str, text: &str) -> Result<Compiled, SourceError> {
    let unknown = |scan| Ok(Compiled { transpiled: None, scan });
    // Most workers are one file, and need no parser.
    let words = ["import", "export", "require", "exports"];
    let may_be_decorated = may_be_decorated(text);
    if !may_be_decorated && !words.iter().any(|word| text.contains(word)) {
        return unknown(Scan::default());
    }
    let Ok(code) = nesting::check(text) else { return unknown(Scan::default()) };
    let allocator = Allocator::default();
    let options = ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
    let parser = Parser::new(&allocator, text, Dialect::JavaScript.source_type()).with_options(options);
    let parsed = parser.parse();
    if code.may_be_decorated {
        // V8 would say that it does not know what `@` is.
        checked(file, text, &parsed.diagnostics)?;
    }
    if parsed.panicked {
        // So that V8 says what is wrong with a module, and not that it is none.
        let is_module = text.lines().any(|line| line.starts_with("import ") || line.starts_with("export "));
        return unknown(Scan { is_module, ..Scan::default() });
    }
    let mut program = parsed.program;
    let scan = scan::scan(&program);
    if !code.may_be_decorated || !is_decorated(&program) {
        return unknown(scan);
    }
    refuse_unsupported(file, text, &program, false)?;
    // Before code is moved to where more is allowed.
    checked(file, text, &SemanticBuilder::new_compiler().build(&program).diagnostics)?;
    let behind = decorators::lower(&mut program, &allocator, text, false);
    Ok(Compiled { transpiled: Some(print(file, &program, &behind)), scan })
}

impl Settings {
    fn options(&self) -> TransformOptions {
        let runtime = if self.classic_jsx { JsxRuntime::Classic } else { JsxRuntime::Automatic };
        let jsx = JsxOptions {
            display_name_plugin: false,
            pure: false,
            runtime,
            import_source: self.jsx_import_source.clone().filter(|_| !self.classic_jsx),
            pragma: self.jsx_factory.clone(),
            pragma_frag: self.jsx_fragment_factory.clone(),
            ..JsxOptions::enable()
        };
        let mut typescript = TypeScriptOptions {
            only_remove_type_imports: self.verbatim_module_syntax,
            ..TypeScriptOptions::default()
        };
        typescript.remove_class_fields_without_initializer = self.assigned_fields;
        if let Some(factory) = &self.jsx_factory {
            typescript.jsx_pragma = Cow::Owned(factory.clone());
        }
        if let Some(factory) = &self.jsx_fragment_factory {
            typescript.jsx_pragma_frag = Cow::Owned(factory.clone());
        }
        let decorator = DecoratorOptions {
            legacy: self.legacy_decorators,
            emit_decorator_metadata: self.decorator_metadata,
            strict_null_checks: self.strict_null_checks,
        };
        let helper_loader =
            HelperLoaderOptions { mode: HelperLoaderMode::External, ..HelperLoaderOptions::default() };
        let assumptions = CompilerAssumptions {
            set_public_class_fields: self.assigned_fields,
            ..CompilerAssumptions::default()
        };
        TransformOptions {
            jsx,
            typescript,
            decorator,
            helper_loader,
            assumptions,
            ..TransformOptions::default()
        }
    }
}

/// What a compiler says, with the line that it is about.
fn error_of(file: &str, text: &str, diagnostic: &OxcDiagnostic) -> SourceError {
    let span = diagnostic.labels.first().map_or(Span::new(0, 0), |label| label.span());
    let message = format!("SyntaxError: {}", diagnostic.message);
    let error = SourceError::new(file, text, span.start as usize..span.end as usize, message);
    match &diagnostic.help {
        Some(help) => error.with_hint(help.as_ref()),
        None => error,
    }
}

/// Whether there is a decorator, or an auto-accessor.
fn is_decorated(program: &Program<'_>) -> bool {
    struct Any(bool);

    impl<'a> Visit<'a> for Any {
        fn visit_decorator(&mut self, _: &Decorator<'a>) {
            self.0 = true;
        }

        fn visit_accessor_property(&mut self, _: &AccessorProperty<'a>) {
            self.0 = true;
        }
    }

    let mut any = Any(false);
    any.visit_program(program);
    any.0
}

/// Finds what can be parsed and not be compiled.
fn refuse_unsupported(
    file: &str,
    text: &str,
    program: &Program<'_>,
    legacy_decorators: bool,
) -> Result<(), SourceError> {
    struct First {
        found: Option<Refused>,
        legacy_decorators: bool,
    }

    impl First {
        fn decorated(&mut self, decorated: &Decorated<'_, '_>) {
            if self.found.is_none() && !self.legacy_decorators {
                self.found = decorated.refused();
            }
        }
    }

    impl<'a> Visit<'a> for First {
        fn visit_formal_parameter(&mut self, it: &FormalParameter<'a>) {
            self.decorated(&Decorated::Parameter(it));
            walk::walk_formal_parameter(self, it);
        }

        fn visit_method_definition(&mut self, it: &MethodDefinition<'a>) {
            self.decorated(&Decorated::Method(it));
            walk::walk_method_definition(self, it);
        }

        fn visit_property_definition(&mut self, it: &PropertyDefinition<'a>) {
            self.decorated(&Decorated::Field(it));
            walk::walk_property_definition(self, it);
        }

        fn visit_accessor_property(&mut self, it: &AccessorProperty<'a>) {
            self.decorated(&Decorated::Accessor(it));
            walk::walk_accessor_property(self, it);
        }

        fn visit_ts_import_equals_declaration(&mut self, it: &TSImportEqualsDeclaration<'a>) {
            if matches!(it.module_reference, TSModuleReference::ExternalModuleReference(_)) {
                let message = "`import … = require()` is for CommonJS, and this is an ES module";
                self.found.get_or_insert((it.span, message, "write `import … from`"));
            }
        }

        fn visit_ts_export_assignment(&mut self, it: &TSExportAssignment<'a>) {
            let message = "`export =` is for CommonJS, and this is an ES module";
            self.found.get_or_insert((it.span, message, "write `export default`"));
        }
    }

    let mut first = First { found: None, legacy_decorators };
    first.visit_program(program);
    match first.found {
        None => Ok(()),
        Some((span, message, hint)) => {
            let range = span.start as usize..span.end as usize;
            Err(SourceError::new(file, text, range, message).with_hint(hint))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::nesting::MAX_WEIGHT;
    use super::super::transpile;
    use super::*;

    fn made(text: &str, dialect: Dialect) -> Result<Transpiled, SourceError> {
        Ok(transpile("w.ts", text, dialect)?.unwrap())
    }

    fn code_of(text: &str) -> String {
        made(text, Dialect::TypeScript).unwrap().code
    }

    #[test]
    fn what_typescript_adds_to_javascript() {
        for (text, expected) in [
            ("let a: number = 1 as const satisfies number;", "let a = 1;\n"),
            (
                "interface A { b: string }\ntype C = A['b'];\nexport const x = <C>'y';",
                "export const x = \"y\";\n",
            ),
            ("class A<T> { constructor(private b: T, readonly c?: string) {} }", "this.b = b"),
            ("enum E { A, B = A + 2, C = 'x' }\nexport { E };", "E[E[\"A\"] = 0] = \"A\""),
            ("const enum E { A = 1 << 3 }\nexport const x = E.A;", "8"),
            ("namespace N { export const a = 1 }\nexport const b = N.a;", "N.a = 1"),
            (
                "import type { A } from './a';\nimport { type B, c } from './b';\nc();",
                "import { c } from \"./b\";",
            ),
            ("import { unused } from './a';\nexport {};", "export {};\n"),
            ("abstract class A { declare b: string; abstract c(): void; d!: number }", "d;"),
            ("function f(this: Date, a?: string): asserts a is string {}", "function f(a) {}"),
            ("function f(a: string): void;\nfunction f(a: any) { return a!.b }", "return a.b;"),
            (
                "export default { async fetch(request: Request): Promise<Response> { return new Response() } }",
                "fetch(request) {",
            ),
            ("using a = b();\nfor await (const x of y) {}\nexport {};", "using a = b();"),
        ] {
            let code = code_of(text);
            assert!(code.contains(expected), "{text}\n{code}");
        }
    }

    #[test]
    fn elements_become_calls() {
        let text = "/** @jsx h */\nexport default () => <p class='a'>b{c}</p>;";
        for dialect in [Dialect::Jsx, Dialect::Tsx] {
            let code = made(text, dialect).unwrap().code;
            assert!(code.contains("h(\"p\", { class: \"a\" }, \"b\", c)"), "{code}");
        }
        let code = made("export default <a/>;", Dialect::Jsx).unwrap().code;
        assert!(code.contains("from \"react/jsx-runtime\""), "{code}");
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        for (text, place, message) in [
            ("const a: = 1;", "w.ts:1:10", "SyntaxError: "),
            ("let a;\nlet a;", "w.ts:1:5", "already been declared"),
            ("\nclass A {\n  b(@log c) {}\n}", "w.ts:3:5", "decorators of parameters"),
            ("\nclass A {\n  @log constructor() {}\n}", "w.ts:3:3", "decorators of constructors"),
            ("abstract class A {\n  @log abstract b: 1;\n}", "w.ts:2:3", "only declared"),
            ("class A {\n  @log declare b: 1;\n}", "w.ts:2:3", "only declared"),
            ("class A {\n  @a?.b c() {}\n}", "w.ts:2:4", "parentheses"),
            ("export default {\n", "w.ts:2:1", "SyntaxError: "),
            ("\u{0}\u{1}\u{fffd}", "w.ts:1:1", "SyntaxError: "),
            ("import a = require('b');\na();", "w.ts:1:1", "is for CommonJS"),
            ("const a = 1;\nexport = a;", "w.ts:2:1", "is for CommonJS"),
        ] {
            let error = made(text, Dialect::TypeScript).unwrap_err();
            assert_eq!(error.location.to_string(), place, "{text}: {error}");
            assert!(error.message.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn elements_in_a_file_without_them_are_explained() {
        let error = made("export default () => <b>x</b>;", Dialect::TypeScript).unwrap_err();
        assert!(error.hint.as_deref().is_some_and(|hint| hint.contains(".tsx")), "{error:?}");
        let error = made("const a: = <b>x</b>;", Dialect::TypeScript).unwrap_err();
        assert_eq!(error.hint, None);
    }

    #[test]
    fn the_deepest_text_has_a_stack() {
        let side = MAX_WEIGHT as usize;
        for (before, after, weight) in [
            ("(", ")", 17),
            ("[", "]", 17),
            ("{a:", "}", 18),
            ("!", "", 1),
            ("a=>", "", 2),
            ("if(a)", "", 1),
            ("a?b:", "", 2),
            ("a+", "", 1),
            ("a.", "", 1),
            ("`${", "}`", 17),
            ("()=>{return ", "}", 20),
            ("class{a=", "}", 18),
            ("if(a);else ", "", 2),
            ("new ", "", 1),
            ("async()=>", "", 2),
            ("class{@a b=", "}", 19),
            ("@a class{@a static#b=", "}", 21),
            ("@(class{@a[", "](){}})class{}", 55),
        ] {
            let count = side / weight - 40;
            let text = format!("x={}a{};", before.repeat(count), after.repeat(count));
            let text = if before.starts_with("if") { text.replacen("x=", "", 1) } else { text };
            let done = made(&text, Dialect::TypeScript);
            assert!(done.is_ok(), "{before}: {}", done.unwrap_err());
            let text = format!("x={}", before.repeat(side * 2));
            let error = made(&text, Dialect::TypeScript).unwrap_err();
            assert!(error.message.contains("too deeply"), "{before}: {error}");
        }
    }

    #[test]
    fn decorators_leave_classes_where_they_are() {
        let text = "const d = () => {};\nclass A {\n  @d m() {}\n  @d x = 1;\n}\n@d class B {}\nexport default class extends A { accessor y = 2 }";
        let code = code_of(text);
        for part in [
            "let A = ((_dec0_1) => {\nreturn class A {",
            "[_dec0_1.element(0, [void 0, d], \"m\")]() {}",
            "let B = (() => {",
            "export default class extends A {\n#",
            "function _dec0_helper(decorators) {",
        ] {
            assert!(code.contains(part), "{part}: {code}");
        }
        let code = code_of("class A { accessor x = 1 }");
        assert!(code.contains("get [\"x\"]()") && !code.contains("function"), "{code}");
        let code = code_of("/* _dec0_ */ class A { @d m() {} }");
        assert!(code.contains("function _dec1_helper"), "{code}");
        assert_eq!(code.matches("function _dec").count(), 1, "{code}");
    }

    /// Nothing is written down again for each class around it, or each element beside it.
    #[test]
    fn what_decorators_become_grows_with_them() {
        let nested =
            |count: usize| format!("x = {}0{}", "@d class { @d a = ".repeat(count), "}".repeat(count));
        let beside = |count: usize| {
            let elements = (0..count).map(|at| format!("@d static a{at} = 1; @d #b{at}() {{}}\n"));
            format!("@d class A {{ {} }}", elements.collect::<String>())
        };
        let decorators = |count: usize| format!("class A {{ {} m() {{}} }}", "@d.e.f ".repeat(count));
        let runtime = code_of("class A { @d m() {} }").len();
        let size = |text: String| code_of(&text).len() - runtime;
        for (what, few, many) in [
            ("nested", nested(50), nested(500)),
            ("beside", beside(50), beside(500)),
            ("decorators", decorators(50), decorators(500)),
        ] {
            let (few, many) = (size(few), size(many));
            assert!(many < 12 * few, "{what}: {few}, {many}");
        }
    }

    #[test]
    fn a_map_leads_back() {
        let text = "interface A {}\n\nexport function f(): never {\n  throw new Error('x');\n}\n";
        let Transpiled { code, map } = made(text, Dialect::TypeScript).unwrap();
        let line = code.lines().position(|line| line.contains("throw")).unwrap();
        let map = oxc_sourcemap::SourceMap::from_json_string(&map).unwrap();
        let token = map.lookup_token(&map.generate_lookup_table(), line as u32, 1).unwrap();
        assert_eq!((token.get_src_line(), token.get_src_col()), (3, 2));
        assert_eq!((map.get_source(0), map.get_source_content(0)), (Some("w.ts"), Some(text)));
    }
}
