//! Places in what was written, in the place of those in what runs.
//!
//! A map is parsed when the first place in its module is to be shown, or the first `stack` of an error is read in which it is,
//! and kept for all isolates of the worker. Nothing of it happens before there is an
//! error. A map that is too large, or is none, is as good as no map: places stay those of what runs.
//!
//! What a map has in it is bounded, too: its parts, of which each takes memory, and the names of its sources, which a stack
//! repeats in each of its lines.
//!
//! Maps are the tenant's word, as everything in a stack is. They decide what a person is shown, and nothing else.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use exec::{Module, OriginalPlace, Script, SourceMaps, WorkerCode};
use oxc_sourcemap::{OwnedSourceMap, Token};

/// Bytes of a map that is read.
pub(super) const MAX_MAP: usize = 8 << 20;

/// Bytes of all maps of a worker that are read.
const MAX_MAPS: usize = 32 << 20;

/// Tokens, sources and names of all maps of a worker that are read. Each takes 24 bytes.
const MAX_PARTS: usize = 3 << 20;

/// Bytes of the name of a source that is shown.
const MAX_NAME: usize = 1024;

/// Lines of a stack that are looked at.
const MAX_LINES: usize = 200;

/// Places in a line at which the name of a file is looked for in brackets.
const MAX_STARTS: usize = 4;

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
    /// Bytes that may still be read.
    left: AtomicUsize,
    /// Parts that may still be read.
    parts_left: AtomicUsize,
}

/// A map that may not have been parsed.
struct Lazy {
    exists: bool,
    parsed: OnceLock<Option<OwnedSourceMap>>,
    /// The sources by what stacks call them.
    by_name: OnceLock<HashMap<String, u32>>,
}

/// What a worker's stacks call its modules.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) code: &'a WorkerCode,
    /// The main module.
    pub(crate) main: &'a str,
}

impl<'a> Names<'a> {
    fn of(script: &'a Script) -> Self {
        Self { code: script.code(), main: script.name() }
    }

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
            by_name: OnceLock::new(),
        };
        let maps: Vec<_> = code.modules().iter().map(lazy).collect();
        let (left, parts_left) = (AtomicUsize::new(MAX_MAPS), AtomicUsize::new(MAX_PARTS));
        Self { exist: maps.iter().any(|map| map.exists), maps, left, parts_left }
    }

    /// Whether a module has a map, or says so.
    pub(crate) fn exist(&self) -> bool {
        self.exist
    }

    /// A text whose stacks name places in what was written; `None` if it stays as it is.
    fn located(&self, names: Names<'_>, text: &str) -> Option<String> {
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
    pub(crate) fn written(&self, names: Names<'_>, file: &str) -> Option<&str> {
        let map = self.parsed(names, names.index(file)?)?;
        (map.get_sources().count() == 1).then(|| map.get_source_content(0)).flatten()
    }

    /// A line of a stack such as `    at f (NAME:3:5)`.
    fn line(&self, names: Names<'_>, text: &str) -> Option<String> {
        let frame = text.trim_start();
        frame.strip_prefix("at ")?;
        let end = text.trim_end_matches(')').len();
        let (rest, column) = text[..end].rsplit_once(':')?;
        let (rest, line) = rest.rsplit_once(':')?;
        let (line, column) = (line.parse().ok()?, column.parse().ok()?);
        // The name is in brackets, or all that there is; and it may have what stands before it.
        let in_brackets = rest.rmatch_indices(" (").map(|(at, bracket)| at + bracket.len()).take(MAX_STARTS);
        let indent = text.len() - frame.len();
        let alone = ["at async ", "at "].into_iter().filter(|before| frame.starts_with(before));
        let alone = alone.map(|before| indent + before.len()).filter(|start| *start <= rest.len());
        let starts = in_brackets.chain(alone);
        let look = |start: usize| Some((start, self.look_up(names, &rest[start..], line, column)?));
        let (start, original) = starts.filter_map(look).next()?;
        let OriginalPlace { file, line, column, text: _ } = original;
        Some(format!("{}{file}:{line}:{column}{}", &rest[..start], &text[end..]))
    }

    fn look_up(&self, names: Names<'_>, file: &str, line: u32, column: u32) -> Option<OriginalPlace<'_>> {
        let at = names.index(file)?;
        let module = &names.code.modules()[at];
        let map = self.parsed(names, at)?;
        let token = token_at(map, line.checked_sub(1)?, column.checked_sub(1)?)?;
        let source = token.get_source_id()?;
        let (line, column) = (token.get_src_line().checked_add(1)?, token.get_src_col().checked_add(1)?);
        let name = name_of(module, map.get_source(source)?)?;
        let file = if name == module.name() { file.to_owned() } else { name };
        Some(OriginalPlace { file, line, column, text: map.get_source_content(source) })
    }

    /// The text of what one of the maps that have been parsed calls `file`.
    fn text_of_source(&self, names: Names<'_>, file: &str) -> Option<&str> {
        self.maps.iter().zip(names.code.modules()).find_map(|(lazy, module)| {
            let map = lazy.parsed.get()?.as_ref()?;
            let by_name = || {
                // The first of a name counts.
                let named = (0..).zip(map.get_sources()).map(|(at, source)| (name_of(module, source), at));
                let mut table = HashMap::new();
                for (name, at) in named.filter_map(|(name, at)| Some((name?, at))) {
                    table.entry(name).or_insert(at);
                }
                table
            };
            map.get_source_content(*lazy.by_name.get_or_init(by_name).get(file)?)
        })
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
            if json.len() > MAX_MAP {
                return None;
            }
            take(&self.left, json.len())?;
            take(&self.parts_left, parts_of(&json))?;
            OwnedSourceMap::from_json_string(&json).ok()
        };
        lazy.parsed.get_or_init(parse).as_ref()
    }
}

impl SourceMaps for Maps {
    fn original<'a>(
        &'a self,
        script: &Script,
        file: &str,
        line: u32,
        column: u32,
    ) -> Option<OriginalPlace<'a>> {
        self.look_up(Names::of(script), file, line, column)
    }

    fn frames(&self, script: &Script, frames: &str) -> Option<String> {
        self.located(Names::of(script), frames)
    }

    fn text<'a>(&'a self, script: &Script, file: &str) -> Option<&'a str> {
        let names = Names::of(script);
        self.written(names, file).or_else(|| self.text_of_source(names, file))
    }
}

/// `None` if there is not so much left.
fn take(left: &AtomicUsize, count: usize) -> Option<()> {
    let take = |left: usize| left.checked_sub(count);
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok().map(drop)
}

/// How many tokens, sources and names a map has at most: what separates them may also be written as an escape.
fn parts_of(json: &str) -> usize {
    let separators = json.bytes().filter(|byte| matches!(byte, b',' | b';')).count();
    separators + json.matches("\\u").count() + 1
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

/// A source as stacks may call it: without `..` out of the root, from the directory of the module; `None` if that is too long.
fn name_of(module: &Module, source: &str) -> Option<String> {
    if source == module.name() {
        return Some(source.to_owned());
    }
    if source.len() > MAX_NAME {
        return None;
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
    Some(path.to_string_lossy().into_owned())
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
    use super::super::{Dialect, Transpiled, transpile};
    use super::*;

    const TEXT: &str = "interface A {}\n\nexport function f(): never {\n  throw new Error('x');\n}\n";

    /// A map from line 1 to `a.ts`, written by hand: column 0 is line 3, column 4.
    const JSON: &str = r#"{"version":3,"sources":["../src/a.ts"],"names":[],"mappings":"AAEI"}"#;

    fn code(module: Module) -> WorkerCode {
        WorkerCode::new(module)
    }

    fn located(code: &WorkerCode, stack: &str) -> Option<String> {
        Maps::new(code).located(Names { code, main: "main.ts" }, stack)
    }

    #[test]
    fn a_stack_names_the_places_that_were_written() {
        let Transpiled { code: made, map } =
            transpile("src/w.ts", TEXT, Dialect::TypeScript).unwrap().unwrap();
        let line = made.lines().position(|line| line.contains("throw")).unwrap() + 1;
        let script = Script::from_code(code(Module::esm("src/w.ts", made).with_map(map))).with_name("w.ts");
        let maps = Maps::new(script.code());
        let place = SourceMaps::original(&maps, &script, "w.ts", u32::try_from(line).unwrap(), 2).unwrap();
        let expected = OriginalPlace { file: "w.ts".to_owned(), line: 4, column: 3, text: Some(TEXT) };
        assert_eq!(place, expected);
        let frames = format!("\n    at f (w.ts:{line}:2)\n    at other (x.js:1:1)");
        let located = maps.frames(&script, &frames);
        assert_eq!(located.as_deref(), Some("\n    at f (w.ts:4:3)\n    at other (x.js:1:1)"));
        // Names as no compiler would like them.
        for name in ["src/(group) a/w.ts", "a (1)/b (2)/w.ts", "w) (x.ts"] {
            let Transpiled { code: made, map } = transpile(name, TEXT, Dialect::TypeScript).unwrap().unwrap();
            let script = Script::from_code(code(Module::esm(name, made).with_map(map))).with_name(name);
            let maps = Maps::new(script.code());
            for (before, after) in [("    at f (", ")"), ("    at ", ""), ("    at async ", "")] {
                let located = maps.frames(&script, &format!("{before}{name}:{line}:2{after}"));
                let expected = format!("{before}{name}:4:3{after}");
                assert_eq!(located.as_ref(), Some(&expected), "{name}");
            }
        }
        assert_eq!(maps.text(&script, "w.ts"), Some(TEXT));
        assert_eq!(maps.text(&script, "src/w.ts"), Some(TEXT));
        assert_eq!(maps.text(&script, "x.js"), None);
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
    fn all_maps_together_are_bounded() {
        let content = "a".repeat(MAX_MAP - 1000);
        let map =
            |n: usize| JSON.replace("\"names\"", &format!("\"sourcesContent\":[\"{n}{content}\"],\"names\""));
        let count = MAX_MAPS / MAX_MAP + 2;
        let module = |n: usize| Module::esm(format!("{n}.js"), "throw 1").with_map(map(n));
        let code = code(module(0)).with_modules((1..count).map(module));
        let maps = Maps::new(&code);
        let names = Names { code: &code, main: "main.ts" };
        let found = (1..count).filter(|n| maps.look_up(names, &format!("{n}.js"), 1, 1).is_some());
        assert_eq!(found.count(), MAX_MAPS / MAX_MAP);
    }

    #[test]
    fn what_a_map_has_in_it_is_bounded() {
        let located = |json: String| {
            let code = code(Module::esm("main.js", "throw 1").with_map(json));
            located(&code, "E\n    at main.ts:1:1")
        };
        let named = |length: usize| JSON.replace("../src/a.ts", &"a".repeat(length));
        assert!(located(named(MAX_NAME)).is_some() && located(named(MAX_NAME + 1)).is_none());
        // Each is two bytes, and would be 24.
        let many = |count: usize| JSON.replace("AAEI", &format!("AAEI{}", ",C".repeat(count)));
        assert!(located(many(1000)).is_some() && located(many(MAX_PARTS)).is_none());
        // A source for each line that a stack may have: it is looked for in a table.
        let sources: Vec<_> = (0..100_000).map(|n| format!("\"{n}.ts\"")).collect();
        let json = JSON.replace("\"../src/a.ts\"", &sources.join(","));
        let script =
            Script::from_code(code(Module::esm("main.js", "throw 1").with_map(json))).with_name("main.ts");
        let maps = Maps::new(script.code());
        assert!(maps.original(&script, "main.ts", 1, 1).is_some());
        for n in 0..100_000 {
            assert_eq!(maps.text(&script, &format!("{n}.ts")), None);
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
