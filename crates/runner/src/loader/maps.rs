//! Places in what was written, in the place of those in what runs.
//!
//! A map is parsed when the first place in its module is to be shown, and kept. Nothing of it happens before there is an
//! error. A map that is too large, or is none, is as good as no map: places stay those of what runs.
//!
//! Maps are the tenant's word, as everything in a stack is. They decide what a person is shown, and nothing else.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use exec::{Module, SourceLocation, Termination, WorkerCode};
use oxc_sourcemap::{OwnedSourceMap, Token};

/// Bytes of a map that is read.
pub(super) const MAX_MAP: usize = 8 << 20;

/// Lines of a stack that are looked at.
const MAX_LINES: usize = 200;

/// What names the map of a module, in its text.
const URL: &str = "//# sourceMappingURL=";

/// How far from the end of a text its map is looked for, if the map is not in the text itself.
const TAIL: usize = 4096;

/// The maps of the modules of a worker.
pub(crate) struct Maps {
    /// In the order of the modules.
    maps: Vec<Lazy>,
    /// Whether there is one at all.
    exist: bool,
}

/// A map that may not have been parsed.
struct Lazy {
    exists: bool,
    parsed: OnceLock<Option<OwnedSourceMap>>,
}

/// A place in what was written.
struct Original<'a> {
    /// The name of the source; `None` if it is the module itself.
    file: Option<String>,
    line: u32,
    column: u32,
    text: Option<&'a str>,
}

/// What a worker's stacks call its modules.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) code: &'a WorkerCode,
    /// The main module.
    pub(crate) main: &'a str,
}

impl Names<'_> {
    /// The module that a stack means.
    fn index(&self, file: &str) -> Option<usize> {
        let main = self.code.main().name();
        let name = if file == self.main { main } else { file };
        (file == self.main || name != main).then_some(())?;
        self.code.modules().iter().position(|module| module.name() == name)
    }
}

impl Maps {
    pub(crate) fn new(code: &WorkerCode) -> Self {
        let lazy = |module: &Module| Lazy {
            exists: module.map().is_some()
                || url_of(text_of(module)).is_some_and(|url| url.starts_with("data:")),
            parsed: OnceLock::new(),
        };
        let maps: Vec<_> = code.modules().iter().map(lazy).collect();
        Self { exist: maps.iter().any(|map| map.exists), maps }
    }

    /// Has a termination name places in what was written.
    pub(crate) fn locate(&self, names: Names<'_>, termination: &mut Termination) {
        if !self.exist {
            return;
        }
        if let Some(location) = &mut termination.location
            && let Some(original) = self.look_up(names, &location.file, location.line, location.column)
        {
            let file = original.file.as_deref().unwrap_or(&location.file);
            let (line, column) = (original.line, original.column);
            let found = original.text.and_then(|text| SourceLocation::in_text(file, text, line, column, 0));
            **location = found.unwrap_or_else(|| SourceLocation {
                file: file.into(),
                line,
                column,
                excerpt: String::new(),
                span: 0..0,
            });
        }
        if let Some(stack) = &mut termination.stack
            && let Some(located) = self.text(names, stack)
        {
            *stack = located;
        }
    }

    /// A text whose stacks name places in what was written; `None` if it stays as it is.
    pub(crate) fn text(&self, names: Names<'_>, text: &str) -> Option<String> {
        if !self.exist || !text.contains("    at ") {
            return None;
        }
        let mut changed = false;
        let mut lines = Vec::new();
        for (number, line) in text.split('\n').enumerate() {
            let located = if number < MAX_LINES { self.line(names, line) } else { None };
            changed |= located.is_some();
            lines.push(located.map_or(Cow::Borrowed(line), Cow::Owned));
        }
        changed.then(|| lines.join("\n"))
    }

    /// What was written, as far as the map of the module that stacks call `file` has it.
    pub(crate) fn original(&self, names: Names<'_>, file: &str) -> Option<&str> {
        let map = self.parsed(names, names.index(file)?)?;
        (map.get_sources().count() == 1).then(|| map.get_source_content(0)).flatten()
    }

    /// A line of a stack such as `    at f (NAME:3:5)`.
    fn line(&self, names: Names<'_>, text: &str) -> Option<String> {
        text.trim_start().strip_prefix("at ")?;
        let end = text.trim_end_matches(')').len();
        let (rest, column) = text[..end].rsplit_once(':')?;
        let (rest, line) = rest.rsplit_once(':')?;
        let start = rest.rfind(['(', ' ']).map_or(0, |at| at + 1);
        let (line, column) = (line.parse().ok()?, column.parse().ok()?);
        let original = self.look_up(names, &rest[start..], line, column)?;
        let file = original.file.as_deref().unwrap_or(&rest[start..]);
        Some(format!("{}{file}:{}:{}{}", &rest[..start], original.line, original.column, &text[end..]))
    }

    fn look_up(&self, names: Names<'_>, file: &str, line: u32, column: u32) -> Option<Original<'_>> {
        let at = names.index(file)?;
        let module = &names.code.modules()[at];
        let map = self.parsed(names, at)?;
        let token = token_at(map, line.checked_sub(1)?, column.checked_sub(1)?)?;
        let source = token.get_source_id()?;
        let (line, column) = (token.get_src_line().checked_add(1)?, token.get_src_col().checked_add(1)?);
        let name = name_of(module, map.get_source(source)?);
        let file = (name != module.name()).then_some(name);
        Some(Original { file, line, column, text: map.get_source_content(source) })
    }

    fn parsed(&self, names: Names<'_>, at: usize) -> Option<&OwnedSourceMap> {
        let lazy = self.maps.get(at).filter(|lazy| lazy.exists)?;
        let parse = || {
            let module = &names.code.modules()[at];
            let json = match module.map() {
                Some(map) => Cow::Borrowed(&**map),
                None => Cow::Owned(inline(url_of(text_of(module))?)?),
            };
            // What it says of its size is not believed: it has no more tokens than characters.
            if json.len() > MAX_MAP { None } else { OwnedSourceMap::from_json_string(&json).ok() }
        };
        lazy.parsed.get_or_init(parse).as_ref()
    }
}

/// The last token that is not behind the place, in its line.
fn token_at(map: &OwnedSourceMap, line: u32, column: u32) -> Option<Token> {
    let place = |at: u32| map.get_token(at).map(|token| (token.get_dst_line(), token.get_dst_col()));
    let (mut low, mut high) = (0, u32::try_from(map.as_source_map().get_tokens().len()).ok()?);
    while low < high {
        let middle = low + (high - low) / 2;
        if place(middle)? <= (line, column) { low = middle + 1 } else { high = middle }
    }
    map.get_token(low.checked_sub(1)?).filter(|token| token.get_dst_line() == line)
}

/// A source as stacks may call it: without `..` out of the root, from the directory of the module.
fn name_of(module: &Module, source: &str) -> String {
    if source == module.name() {
        return source.to_owned();
    }
    let mut path = Path::new(module.name()).parent().unwrap_or(Path::new("")).to_owned();
    let source = source.split_once("://").map_or(source, |(_, rest)| rest);
    for component in Path::new(source).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::ParentDir => drop(path.pop()),
            Component::RootDir => path = PathBuf::new(),
            Component::CurDir | Component::Prefix(_) => {}
        }
    }
    path.to_string_lossy().into_owned()
}

fn text_of(module: &Module) -> &str {
    module.source().as_text().map_or("", |text| text)
}

/// What the last comment of a text says about where its map is.
pub(super) fn url_of(text: &str) -> Option<&str> {
    // A map in the text itself is as long as it is, and a line of its own.
    let tail = text.trim_end();
    let line = &tail[tail.rfind('\n').map_or(0, |end| end + 1)..];
    let from = match line.starts_with(URL) {
        true => tail.len() - line.len(),
        false => text.ceil_char_boundary(tail.len().saturating_sub(TAIL)),
    };
    let url = &tail[from..][tail[from..].rfind(URL)? + URL.len()..];
    Some(url.split_whitespace().next().unwrap_or_default())
}

/// The JSON in a `data:` URL.
fn inline(url: &str) -> Option<String> {
    let (kind, data) = url.strip_prefix("data:")?.split_once(',')?;
    if data.len() > MAX_MAP * 2 {
        return None;
    }
    let bytes = match kind.strip_suffix(";base64") {
        Some(_) => base64_simd::STANDARD.decode_to_vec(data).ok()?,
        None => percent_encoding::percent_decode_str(data).collect(),
    };
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use exec::TerminationReason;

    use super::super::{Dialect, Transpiled, transpile};
    use super::*;

    const TEXT: &str = "interface A {}\n\nexport function f(): never {\n  throw new Error('x');\n}\n";

    /// A map from line 1 to `a.ts`, written by hand: column 0 is line 3, column 4.
    const JSON: &str = r#"{"version":3,"sources":["../src/a.ts"],"names":[],"mappings":"AAEI"}"#;

    fn code(module: Module) -> WorkerCode {
        WorkerCode::new(module)
    }

    fn located(code: &WorkerCode, stack: &str) -> Option<String> {
        Maps::new(code).text(Names { code, main: "main.ts" }, stack)
    }

    #[test]
    fn a_termination_names_the_places_that_were_written() {
        let Transpiled { code: made, map } =
            transpile("src/w.ts", TEXT, Dialect::TypeScript).unwrap().unwrap();
        let line = made.lines().position(|line| line.contains("throw")).unwrap() + 1;
        let code = code(Module::esm("src/w.ts", made).with_map(map));
        let names = Names { code: &code, main: "w.ts" };
        let place =
            SourceLocation::in_text("w.ts", code.main().source().as_text().unwrap(), line as u32, 2, 0);
        let mut termination = Termination {
            location: place.map(Box::new),
            stack: Some(format!("Error: x\n    at f (w.ts:{line}:2)\n    at other (x.js:1:1)")),
            ..Termination::new(TerminationReason::Exception, "Error: x")
        };
        let maps = Maps::new(&code);
        maps.locate(names, &mut termination);
        let place = termination.location.unwrap();
        assert_eq!(
            (place.to_string().as_str(), place.excerpt.as_str()),
            ("w.ts:4:3", "  throw new Error('x');")
        );
        assert_eq!(termination.stack.unwrap(), "Error: x\n    at f (w.ts:4:3)\n    at other (x.js:1:1)");
        assert_eq!(maps.original(names, "w.ts"), Some(TEXT));
        assert_eq!(maps.original(names, "src/w.ts"), None);
    }

    #[test]
    fn a_map_may_be_in_the_text() {
        let base64 = base64_simd::STANDARD.encode_to_string(JSON);
        let plain = percent_encoding::utf8_percent_encode(JSON, percent_encoding::NON_ALPHANUMERIC);
        for url in
            [format!("data:application/json;base64,{base64}"), format!("data:application/json,{plain}")]
        {
            let code = code(Module::esm("dist/main.js", format!("throw 1;\n{URL}{url}\n")));
            let said = located(&code, "E\n    at main.ts:1:7");
            assert_eq!(said.as_deref(), Some("E\n    at src/a.ts:3:5"));
            // Other lines have no place.
            assert_eq!(located(&code, "E\n    at main.ts:2:1"), None);
        }
    }

    #[test]
    fn what_is_no_map_changes_nothing() {
        let lines =
            format!(r#"{{"version":3,"sources":["a"],"names":[],"mappings":"{}"}}"#, ";".repeat(MAX_MAP));
        let bombs = [
            "",
            "{",
            "[]",
            "null",
            r#"{"version":3}"#,
            r#"{"version":3,"sources":[],"names":[],"mappings":"AAAA"}"#,
            r#"{"version":3,"sources":["a"],"names":[],"mappings":"gggggggggggggggggggggggggg"}"#,
            r#"{"version":3,"sources":["a"],"names":[],"mappings":"AAAAA"}"#,
            r#"{"version":3,"sources":["a"],"names":[],"mappings":"AAg+////D"}"#,
            &lines,
        ];
        for bomb in bombs {
            let code = code(Module::esm("main.js", "throw 1").with_map(bomb));
            let said = located(
                &code,
                "E\n    at main.ts:1:1\n    at main.ts:4294967295:4294967295\n    at main.ts:0:0",
            );
            assert!(said.is_none_or(|said| said.contains("main.ts:0:0")), "{}", &bomb[..bomb.len().min(80)]);
        }
        let empty = code(Module::esm("main.js", format!("{URL}data:application/json;base64,!!\n")));
        assert_eq!(located(&empty, "    at main.ts:1:1"), None);
    }

    #[test]
    fn the_last_comment_counts() {
        assert_eq!(url_of(&format!("{URL}a.map\nx;\n{URL}b.map\n")), Some("b.map"));
        assert_eq!(url_of(&format!("x;\n{URL}a.map\n/* end */")), Some("a.map"));
        assert_eq!(url_of(&format!("{URL}a.map\n{}", "x".repeat(2 * TAIL))), None);
        assert_eq!((url_of(""), url_of("ä".repeat(TAIL).as_str())), (None, None));
    }
}
