//! The modules that a main module leads to.

use runner::exec::{ModuleKind, WorkerCode};

use super::{code, error, fixture, project};

/// The name of what `specifier` means in `module`.
fn imported<'a>(code: &'a WorkerCode, module: &str, specifier: &str) -> Option<&'a str> {
    let module = code.module(module).unwrap_or_else(|| panic!("no module {module}"));
    module.import(specifier)
}

#[test]
fn everything_that_is_imported_is_there() {
    let code = code(&fixture("project/src/index.ts"));
    let found: Vec<_> = code.modules().iter().map(|module| (module.name(), module.kind())).collect();
    use ModuleKind::{Bytes, CommonJs, Detected, Esm, Json, Text, Wasm};
    assert_eq!(
        found,
        [
            ("node_modules/both/workerd.mjs", Esm),
            ("node_modules/common/lib/index.js", CommonJs),
            ("node_modules/common/lib/other.js", CommonJs),
            ("node_modules/common/lib/passed.js", CommonJs),
            ("node_modules/tiny-jsx/jsx-runtime.js", Esm),
            ("packages/linked/index.js", Esm),
            ("packages/linked/inner.js", Esm),
            ("src/add.wasm", Wasm),
            ("src/config.ts", Esm),
            ("src/data.json", Json),
            ("src/index.ts", Detected),
            ("src/lazy.ts", Esm),
            ("src/noise.bin", Bytes),
            ("src/page.css", Text),
            ("src/page.tsx", Esm),
            ("src/self.mts", Esm),
            ("src/tax.ts", Esm),
            ("src/text.txt", Text),
            ("src/total.ts", Esm),
        ]
    );
    assert_eq!(code.main().name(), "src/index.ts");
    for (specifier, name) in [
        ("./total.js", "src/total.ts"),
        ("@/tax", "src/tax.ts"),
        ("#config", "src/config.ts"),
        ("shop/self", "src/self.mts"),
        ("./page", "src/page.tsx"),
        ("both", "node_modules/both/workerd.mjs"),
        ("common", "node_modules/common/lib/index.js"),
        ("linked", "packages/linked/index.js"),
        ("./lazy", "src/lazy.ts"),
    ] {
        assert_eq!(imported(&code, "src/index.ts", specifier), Some(name), "{specifier}");
    }
    // Types are no imports.
    assert_eq!(imported(&code, "src/index.ts", "./types"), None);
    assert_eq!(
        imported(&code, "src/page.tsx", "tiny-jsx/jsx-runtime"),
        Some("node_modules/tiny-jsx/jsx-runtime.js")
    );
    let common = code.module("node_modules/common/lib/index.js").unwrap();
    assert_eq!(common.exports().collect::<Vec<_>>(), ["__esModule", "named", "passed"]);
    assert_eq!(common.import("not-installed"), None);
    // JavaScript is as it was, and TypeScript has the way back.
    assert!(
        code.modules().iter().all(|module| module.map().is_some() == module.name().contains(".ts")
            || module.name().ends_with(".mts"))
    );
}

#[test]
fn a_main_file_may_be_a_common_js_module() {
    let directory = project(&[
        ("main.cjs", b"const { answer } = require('./lib.cjs');\nmodule.exports = { fetch: () => new Response(answer) };"),
        ("lib.cjs", b"exports.answer = 'required';"),
        ("main.cts", b"export default {}"),
    ]);
    let code = code(&directory.path().join("main.cjs"));
    assert_eq!(code.main().kind(), ModuleKind::CommonJs);
    assert_eq!(imported(&code, "main.cjs", "./lib.cjs"), Some("lib.cjs"));
    let error = runner::loader::load(&directory.path().join("main.cts")).unwrap_err();
    assert!(error.to_string().contains(".cts files are not supported"), "{error}");
}

#[test]
fn a_file_is_one_module_in_each_way_to_take_it() {
    let directory = project(&[
        ("package.json", b"{}"),
        (
            "main.js",
            b"import a from './a.json'; import b from './a.json' with { type: 'json' };\n\
            import './b'; import './b.js'; import './b.js?x'; export default {}",
        ),
        ("a.json", b"1"),
        ("b.js", b"import './main.js'"),
    ]);
    let code = code(&directory.path().join("main.js"));
    let names: Vec<_> = code.modules().iter().map(|module| module.name()).collect();
    assert_eq!(names, ["a.json", "b.js", "b.js?x", "main.js"]);
    assert_eq!(imported(&code, "b.js", "./main.js"), Some("main.js"));
}

#[test]
fn what_code_may_expect_to_be_absent_is_no_error() {
    let directory = project(&[
        ("package.json", br#"{ "browser": { "./server.js": false, "fs": false } }"#),
        (
            "main.js",
            b"import './common.cjs'; import 'node:fs'; import 'path'; import 'cloudflare:workers';\n\
            import './server.js'; const later = () => import('not-installed'); export default {}",
        ),
        (
            "common.cjs",
            b"try { require('optional') } catch {} require('./missing'); exports.a = require('fs')",
        ),
        ("server.js", b"throw 1"),
    ]);
    let code = code(&directory.path().join("main.js"));
    let names: Vec<_> = code.modules().iter().map(|module| module.name()).collect();
    assert_eq!(names, ["common.cjs", "main.js", "nothing.cjs"]);
    for specifier in ["node:fs", "path", "cloudflare:workers", "not-installed"] {
        assert_eq!(imported(&code, "main.js", specifier), None, "{specifier}");
    }
    assert_eq!(imported(&code, "main.js", "./server.js"), Some("nothing.cjs"));
    assert_eq!(imported(&code, "common.cjs", "fs"), Some("nothing.cjs"));
}

#[test]
fn what_is_not_there_is_told_where_it_is_imported() {
    let directory = project(&[
        ("package.json", b"{}"),
        ("node_modules/hollow/package.json", br#"{ "main": "./missing.js" }"#),
        ("node_modules/strict/package.json", br#"{ "exports": { "./a": "./a.js" } }"#),
        ("node_modules/strict/a.js", b""),
        ("node_modules/strict/b.js", b""),
        ("a.css", b"p {}"),
        ("odd.wasm", b"no wasm"),
        ("latin.js", b"// \xe9"),
    ]);
    let main = directory.path().join("main.ts");
    for (import, message) in [
        ("import './nowhere'", "there is no file `./nowhere`"),
        ("import a from 'absent'", "there is no package `absent`"),
        ("import '@scope/absent/deep'", "there is no package `@scope/absent`"),
        ("export * from 'hollow'", "the package `hollow` has no entry"),
        ("import 'strict/b.js'", "is not exported"),
        ("import '#inner'", "#inner"),
        ("import './a.css'", "`.css`"),
        ("import './a.css' with { type: 'css' }", "no modules of type `css`"),
        ("import './odd.wasm'", "is no Wasm binary"),
        ("import './latin.js'", "is not UTF-8"),
        ("import 'https://example.com/a.js'", "is a URL"),
        ("import('./nowhere.js')", "there is no file `./nowhere.js`"),
    ] {
        let statement = if import.starts_with("import(") {
            import.to_owned()
        } else {
            import.replace("import a ", "import * as a ")
        };
        std::fs::write(
            &main,
            format!("const typed: number = 1;\n{statement};\nexport default {{ a: typeof a }};\n"),
        )
        .unwrap();
        let error = error(&main);
        let column = statement.find('\'').unwrap() as u32 + 1;
        assert!(error.message.contains(message), "{import}: {error}");
        assert_eq!((error.location.line, error.location.column), (2, column), "{import}: {error}");
        assert!(error.path.ends_with("main.ts"), "{import}: {:?}", error.path);
        assert!(
            !error.to_string().contains(directory.path().to_str().unwrap())
                || error.location.file.contains("main.ts")
        );
    }
}

#[test]
fn a_module_of_node_js_goes_before_a_package_of_its_name() {
    let directory = project(&[
        ("package.json", b"{}"),
        (
            "main.js",
            b"import 'events'; import 'events/'; import 'test'; import 'assert/strict'; import './lib.cjs';
              import 'mapped'; export default {}",
        ),
        ("lib.cjs", b"exports.a = require('events'); exports.b = require('node:events')"),
        ("node_modules/events/package.json", br#"{ "main": "events.js" }"#),
        ("node_modules/events/events.js", b"module.exports = 1"),
        ("node_modules/assert/package.json", b"{}"),
        ("node_modules/assert/strict.js", b"module.exports = 1"),
        ("node_modules/test/package.json", b"{}"),
        ("node_modules/test/index.js", b"module.exports = 1"),
        ("node_modules/mapped/package.json", br#"{ "browser": { "events": "./own.js" } }"#),
        ("node_modules/mapped/index.js", b"module.exports = require('events')"),
        ("node_modules/mapped/own.js", b"module.exports = 2"),
    ]);
    let code = code(&directory.path().join("main.js"));
    for (module, specifier, target) in [
        ("main.js", "events", None),
        ("main.js", "events/", Some("node_modules/events/events.js")),
        ("main.js", "assert/strict", None),
        ("main.js", "test", Some("node_modules/test/index.js")),
        ("lib.cjs", "events", None),
        ("lib.cjs", "node:events", None),
        ("node_modules/mapped/index.js", "events", Some("node_modules/mapped/own.js")),
    ] {
        assert_eq!(imported(&code, module, specifier), target, "{specifier} in {module}");
    }
}
