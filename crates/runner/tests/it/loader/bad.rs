//! What leads nowhere, is too much, or is no source at all.

use std::os::unix::fs::symlink;

use super::{code, error, load, project};
use crate::support::Directory;

#[test]
fn nothing_outside_of_the_root_is_read() {
    let outside = Directory::new(&[("secret.js", "export const secret = 1"), ("package.json", "{}")]);
    let directory = project(&[
        ("package.json", b"{}"),
        ("inside.js", b"export const a = 1"),
        ("node_modules/a/package.json", br#"{ "main": "../../../x.js" }"#),
    ]);
    let secret = outside.path().join("secret.js");
    symlink(&secret, directory.path().join("link.js")).unwrap();
    symlink(outside.path(), directory.path().join("node_modules/b")).unwrap();
    symlink(directory.path().join("inside.js"), directory.path().join("alias.js")).unwrap();
    std::fs::write(outside.path().join("index.js"), "export const secret = 1").unwrap();
    let main = directory.path().join("main.js");
    let up = format!("../{}/secret.js", outside.path().file_name().unwrap().to_str().unwrap());
    let absolute = secret.to_str().unwrap();
    for specifier in ["./link.js", "b", &*up, absolute, "../../../../../../etc/passwd", "../absent.js"] {
        for import in [format!("import '{specifier}'"), format!("import('{specifier}')")] {
            std::fs::write(&main, format!("\n{import};\nexport default {{}};\n")).unwrap();
            let error = error(&main);
            assert!(error.message.contains("outside of the worker's root"), "{import}: {error}");
            assert_eq!(error.location.line, 2, "{import}");
        }
    }
    // Of a `require()` nobody knows before it is called, and then there is nothing.
    std::fs::write(directory.path().join("lib.cjs"), "exports.a = () => require('../../up/secret.js')")
        .unwrap();
    std::fs::write(&main, "import { a } from './lib.cjs'; export default { a }").unwrap();
    let names: Vec<_> = code(&main).modules().iter().map(|module| module.name().to_owned()).collect();
    assert_eq!(names, ["lib.cjs", "main.js"]);
    std::fs::write(&main, "import './alias.js'; export default {}").unwrap();
    let names: Vec<_> = code(&main).modules().iter().map(|module| module.name().to_owned()).collect();
    assert_eq!(names, ["inside.js", "main.js"]);
    // What a package.json of the root says of places outside is the same.
    std::fs::write(&main, "import 'a'; export default {}").unwrap();
    assert!(!error(&main).message.is_empty());
}

#[test]
fn circles_end() {
    let directory = project(&[
        ("package.json", b"{}"),
        ("main.js", b"import './a.js'; export default {}"),
        ("a.js", b"import './b.js'"),
        ("b.js", b"import './a.js'; import './main.js'"),
    ]);
    let main = directory.path().join("main.js");
    assert_eq!(code(&main).modules().len(), 3);
    symlink("loop.js", directory.path().join("loop.js")).unwrap();
    symlink(".", directory.path().join("here")).unwrap();
    std::fs::write(&main, "import './loop.js'; export default {}").unwrap();
    assert_eq!(error(&main).location.line, 1);
    std::fs::write(&main, "import './here/here/here/a.js'; export default {}").unwrap();
    let names: Vec<_> = code(&main).modules().iter().map(|module| module.name().to_owned()).collect();
    assert_eq!(names, ["a.js", "b.js", "main.js"]);
    assert!(runner::loader::load(&directory.path().join("loop.js")).is_err());
}

#[test]
fn what_is_too_much_is_refused() {
    let directory =
        project(&[("package.json", b"{}"), ("main.js", b"import './huge.js'; export default {}")]);
    let main = directory.path().join("main.js");
    // It takes no room on the disk.
    let huge = std::fs::File::create(directory.path().join("huge.js")).unwrap();
    huge.set_len(100 << 20).unwrap();
    let error_of_huge = error(&main);
    assert!(error_of_huge.message.contains("more than 64 MiB"), "{error_of_huge}");
    assert_eq!(error_of_huge.location.column, 8);
    std::fs::rename(directory.path().join("huge.js"), directory.path().join("huge.ts")).unwrap();
    assert!(runner::loader::load(&directory.path().join("huge.ts")).is_err());

    for at in 0..1_001 {
        let next = format!("import './{}.js';", at + 1);
        std::fs::write(directory.path().join(format!("{at}.js")), next).unwrap();
    }
    std::fs::write(&main, "import './0.js'; export default {}").unwrap();
    let deep = error(&main);
    assert!(deep.message.contains("import 1000 in a row"), "{deep}");
    assert_eq!(&*deep.location.file, "999.js");
}

#[test]
fn noise_is_no_module() {
    let directory = project(&[("package.json", b"{}")]);
    let main = directory.path().join("main.ts");
    let noise: Vec<u8> = (0..10_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    std::fs::write(&main, &noise).unwrap();
    assert!(runner::loader::load(&main).unwrap_err().to_string().contains("UTF-8"));
    for text in ["\u{0}\u{1}\u{2}", "\u{feff}", "`${`${", "/*", "<<<<<<<", "export default {"] {
        std::fs::write(&main, text).unwrap();
        let source = load(&main);
        let fine = matches!(text, "\u{feff}");
        assert_eq!(source.error().is_none(), fine, "{text:?}");
    }
    // A package.json that is none.
    for package in ["{", "[]", "\"x\"", "null", "{\"exports\": 5}", "{\"exports\": {\"a\": 1, \".\": 2}}"] {
        let directory = project(&[
            ("package.json", b"{}"),
            ("main.js", b"import 'p'; export default {}"),
            ("node_modules/p/package.json", package.as_bytes()),
        ]);
        let error = error(&directory.path().join("main.js"));
        assert_eq!((error.location.line, error.location.column), (1, 8), "{package}: {error}");
    }
    let directory = project(&[
        ("package.json", b"{}"),
        ("tsconfig.json", b"{ \"extends\": \"../tsconfig.json\" }"),
        ("main.ts", b"export default {}"),
    ]);
    assert!(error(&directory.path().join("main.ts")).message.contains("tsconfig"));
}
