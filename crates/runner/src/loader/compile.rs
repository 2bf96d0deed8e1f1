//! TypeScript and JSX as JavaScript, and what a module imports.
//!
//! Types go away, as `isolatedModules` has it: each file alone, without looking at the types of another. What TypeScript has
//! beyond types becomes code: enums, namespaces, parameter properties, `import a = b.c`. Elements become calls. Everything
//! else stays as it is written, since V8 knows all of the standard but decorators.
//!
//! JavaScript is parsed for its imports only, and never changed. What is wrong with it is for V8 to say.

use std::borrow::Cow;
use std::path::Path;

use oxc_allocator::Allocator;
use oxc_ast::ast::{Decorator, Program, TSExportAssignment, TSImportEqualsDeclaration, TSModuleReference};
use oxc_ast_visit::Visit;
use oxc_codegen::{Codegen, CodegenOptions};
use oxc_diagnostics::{Diagnostics, OxcDiagnostic};
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::SemanticBuilder;
use oxc_span::{GetSpan, Span};
use oxc_transformer::{JsxOptions, JsxRuntime, TransformOptions, Transformer, TypeScriptOptions};
use serde::{Deserialize, Serialize};

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
/// The first thing that is wrong with it; for JavaScript there is none.
pub(super) fn compile(
    file: &str,
    text: &str,
    dialect: Dialect,
    settings: &Settings,
) -> Result<Compiled, SourceError> {
    if dialect == Dialect::JavaScript {
        return Ok(Compiled { transpiled: None, scan: look_into(text) });
    }
    let checked = |diagnostics: &Diagnostics| match diagnostics.errors().next() {
        Some(diagnostic) => Err(error_of(file, text, diagnostic)),
        None => Ok(()),
    };
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
    if let Some((span, message, hint)) = unsupported(&program) {
        let range = span.start as usize..span.end as usize;
        return Err(SourceError::new(file, text, range, message).with_hint(hint));
    }
    // A comment that names the function wants a call of it.
    let head = program.body.first().map_or(text.len(), |statement| statement.span().start as usize);
    let settings =
        Settings { classic_jsx: settings.classic_jsx || text[..head].contains("@jsx "), ..settings.clone() };

    let built =
        SemanticBuilder::new_compiler().with_excess_capacity(2.0).with_enum_eval(true).build(&program);
    checked(&built.diagnostics)?;
    let scoping = built.semantic.into_scoping();
    let path = Path::new(file);
    let transformed =
        Transformer::new(&allocator, path, &settings.options()).build_with_scoping(scoping, &mut program);
    checked(&transformed.diagnostics)?;
    let scan = scan::scan(&program);

    let options = CodegenOptions { source_map_path: Some(path.to_owned()), ..CodegenOptions::default() };
    let printed = Codegen::new().with_options(options).build(&program);
    let map = printed.map.map(|map| map.to_json_string()).unwrap_or_default();
    Ok(Compiled { transpiled: Some(Transpiled { code: printed.code, map }), scan })
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

/// What JavaScript imports. Where the parser gives up, it is nothing.
fn look_into(text: &str) -> Scan {
    // Most workers are one file, and need no parser.
    let words = ["import", "export", "require", "exports"];
    if !words.iter().any(|word| text.contains(word)) || nesting::check(text).is_err() {
        return Scan::default();
    }
    let allocator = Allocator::default();
    let options = ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
    let parser = Parser::new(&allocator, text, Dialect::JavaScript.source_type()).with_options(options);
    let parsed = parser.parse();
    if !parsed.panicked {
        return scan::scan(&parsed.program);
    }
    // So that V8 says what is wrong with a module, and not that it is none.
    let is_module = text.lines().any(|line| line.starts_with("import ") || line.starts_with("export "));
    Scan { is_module, ..Scan::default() }
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
        if let Some(factory) = &self.jsx_factory {
            typescript.jsx_pragma = Cow::Owned(factory.clone());
        }
        if let Some(factory) = &self.jsx_fragment_factory {
            typescript.jsx_pragma_frag = Cow::Owned(factory.clone());
        }
        TransformOptions { jsx, typescript, ..TransformOptions::default() }
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

/// What can be parsed and not be compiled: where it is, what is wrong with it, and what to do.
type Unsupported = (Span, &'static str, &'static str);

fn unsupported(program: &Program<'_>) -> Option<Unsupported> {
    #[derive(Default)]
    struct First(Option<Unsupported>);

    impl<'a> Visit<'a> for First {
        fn visit_decorator(&mut self, decorator: &Decorator<'a>) {
            let hint = "V8 has none yet: compile them before, for example with esbuild";
            self.0.get_or_insert((decorator.span, "decorators cannot be compiled here", hint));
        }

        fn visit_ts_import_equals_declaration(&mut self, it: &TSImportEqualsDeclaration<'a>) {
            if matches!(it.module_reference, TSModuleReference::ExternalModuleReference(_)) {
                let message = "`import … = require()` is for CommonJS, and this is an ES module";
                self.0.get_or_insert((it.span, message, "write `import … from`"));
            }
        }

        fn visit_ts_export_assignment(&mut self, it: &TSExportAssignment<'a>) {
            let message = "`export =` is for CommonJS, and this is an ES module";
            self.0.get_or_insert((it.span, message, "write `export default`"));
        }
    }

    let mut first = First::default();
    first.visit_program(program);
    first.0
}

#[cfg(test)]
mod tests {
    use super::super::nesting::MAX_WEIGHT;
    use super::super::transpile;
    use super::*;

    fn made(text: &str, dialect: Dialect) -> Result<Transpiled, SourceError> {
        Ok(transpile("w.ts", text, dialect)?.unwrap())
    }

    fn code(text: &str) -> String {
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
            let code = code(text);
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
            ("\nclass A {\n  @log b() {}\n}", "w.ts:3:3", "decorators"),
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
