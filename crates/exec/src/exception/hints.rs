//! What to do about an exception that comes from something this version does not have.
//!
//! Found in the text of the exception after the fact. Nothing is defined for it: a script that asks whether `WebSocket` is
//! there gets the truth, and a platform-independent library its fallback.

use crate::vocabulary::location::SourceLocation;

/// Globals of other platforms, and what to say of them. None of them is there: `what_is_explained_is_not_there`.
pub(crate) const GLOBALS: &[(&str, &str)] = &[
    ("WebSocket", UNSUPPORTED),
    ("WebSocketPair", UNSUPPORTED),
    ("EventSource", UNSUPPORTED),
    ("Worker", UNSUPPORTED),
    ("XMLHttpRequest", "use fetch()"),
    ("HTMLRewriter", UNSUPPORTED),
    ("localStorage", UNSUPPORTED),
    ("sessionStorage", UNSUPPORTED),
    ("SharedArrayBuffer", UNSUPPORTED),
    ("window", "there is no page; the global object is globalThis or self"),
    ("document", "there is no page"),
    ("require", "only CommonJS modules (.cjs, and those of packages) have it; an ES module imports"),
    ("module", "only CommonJS modules have it: export default { fetch }, or call the file .cjs"),
    ("exports", "only CommonJS modules have it: export default { fetch }, or call the file .cjs"),
    ("Deno", "export default { fetch }, see docs/workers.md"),
    ("Bun", "export default { fetch }, see docs/workers.md"),
    ("process", "import process from 'node:process', or set nodejs_compat; see docs/node.md"),
    ("Buffer", "import { Buffer } from 'node:buffer', or set nodejs_compat; see docs/node.md"),
    ("global", "the global object is globalThis; global needs nodejs_compat, see docs/node.md"),
    ("setImmediate", "import { setImmediate } from 'node:timers', or set nodejs_compat; see docs/node.md"),
    ("__dirname", "there are no files; bundle what the worker needs"),
    ("__filename", "there are no files; bundle what the worker needs"),
];

const UNSUPPORTED: &str = "see docs/workers.md";

/// A sentence for whoever wrote the script, if there is something to say about an exception with this `message` there.
pub(crate) fn explain(message: &str, location: Option<&SourceLocation>) -> Option<String> {
    if let Some(name) =
        message.strip_prefix("ReferenceError: ").and_then(|text| text.strip_suffix(" is not defined"))
    {
        let (name, advice) = GLOBALS.iter().find(|(global, _)| *global == name)?;
        let what = if advice.starts_with("import ") { "is no global" } else { "is not supported" };
        return Some(format!("{name} {what}: {advice}"));
    }
    if message == "SyntaxError: Unexpected token '<'" {
        return Some("elements (JSX) are compiled in files that end with .jsx or .tsx".to_owned());
    }
    if let Some(text) = message.strip_prefix("TypeError: Cannot destructure property ") {
        let (_, object) = text.strip_suffix("' as it is undefined.")?.rsplit_once(" of '")?;
        return missing(object);
    }
    if !message.starts_with("TypeError: Cannot read properties of undefined") {
        return None;
    }
    missing(location?.before().trim_end_matches(['.', '?', '[']))
}

/// `expression` is undefined.
fn missing(expression: &str) -> Option<String> {
    if expression.ends_with(".cf") {
        let text =
            "request.cf is Cloudflare's own; the address of the client is in the header cf-connecting-ip";
        return Some(text.to_owned());
    }
    missing_binding(expression)
}

/// `expression` ends with `env.NAME`.
fn missing_binding(expression: &str) -> Option<String> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let (object, name) = expression.rsplit_once('.')?;
    let variable = &object[object.trim_end_matches(is_part).len()..];
    (is_env(variable) && !name.is_empty() && name.chars().all(is_part))
        .then(|| format!("env.{name} is not bound: the worker's environment has no {name}"))
}

/// `env`, and what bundlers call a second one: `env2`, `env$1`, `_env`.
fn is_env(variable: &str) -> bool {
    let number = variable.trim_start_matches('_').strip_prefix("env");
    number.is_some_and(|number| number.chars().all(|c| c.is_ascii_digit() || matches!(c, '_' | '$')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::script::Script;

    fn at(source: &str, column: u32) -> Option<SourceLocation> {
        SourceLocation::new(&Script::new(source), "worker.js", 1, column, 1)
    }

    #[test]
    fn a_missing_binding_is_named() {
        let message = "TypeError: Cannot read properties of undefined (reading 'get')";
        let explained = |source: &str, column| explain(message, at(source, column).as_ref());
        let bound = "env.MY_KV is not bound: the worker's environment has no MY_KV";
        assert_eq!(explained("await env.MY_KV.get('x')", 17).as_deref(), Some(bound));
        assert_eq!(explained("c.env.MY_KV.get('x')", 13).as_deref(), Some(bound));
        assert_eq!(explained("env.MY_KV[get]", 11).as_deref(), Some(bound));
        for (source, column) in [("env2.MY_KV.get", 12), ("env$1.MY_KV.get", 13), ("_env.MY_KV.get", 12)] {
            assert_eq!(explained(source, column).as_deref(), Some(bound), "{source}");
        }
        let others = [
            ("environment.KV.get", 16),
            ("env2x.KV.get", 10),
            ("venv.KV.get", 9),
            ("a.b.get", 5),
            ("get", 1),
        ];
        for (source, column) in others {
            assert_eq!(explained(source, column), None, "{source}");
        }
        assert_eq!(explain(message, None), None);
        let taken_apart = "TypeError: Cannot destructure property 'get' of 'env.MY_KV' as it is undefined.";
        assert_eq!(explain(taken_apart, None).as_deref(), Some(bound));
        for other in ["'a.KV' as it is undefined.", "'env.KV' as it is null.", "'env.KV'", ""] {
            let message = format!("TypeError: Cannot destructure property 'get' of {other}");
            assert_eq!(explain(&message, None), None, "{message}");
        }
    }

    #[test]
    fn what_only_cloudflare_has_is_named() {
        let message = "TypeError: Cannot read properties of undefined (reading 'country')";
        let hint = explain(message, at("request.cf.country", 12).as_ref()).unwrap();
        assert!(hint.contains("cf-connecting-ip"), "{hint}");
    }

    #[test]
    fn what_is_not_supported_is_named() {
        let explained = |message: &str| explain(message, None).unwrap();
        assert!(explained("ReferenceError: WebSocket is not defined").contains("docs/workers.md"));
        let process = explained("ReferenceError: process is not defined");
        assert!(process.starts_with("process is no global: import process from 'node:process'"), "{process}");
        assert!(explained("ReferenceError: require is not defined").starts_with("require is not supported"));
        assert!(explained("SyntaxError: Unexpected token '<'").contains(".jsx"));
        for other in
            ["ReferenceError: x is not defined", "TypeError: x is not a function", "Error: require is"]
        {
            assert_eq!(explain(other, None), None, "{other}");
        }
    }
}
