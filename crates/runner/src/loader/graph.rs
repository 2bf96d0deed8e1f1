//! All modules that a main module leads to.
//!
//! ```text
//! main ─► read ─► compile, scan ─► resolve ─┐     until nothing new is found:
//!           ▲                               │     nothing is evaluated, and nothing
//!           └──────── queue of files ◄──────┘     is left to be looked for afterwards
//! ```
//!
//! Every file is one module, whatever it is called by; a file that is imported as text and as code is two. What cannot be
//! resolved is an error at the place that imports it, except where code may expect that: `require()` and `import()` of a
//! package that is not there fail when they are called.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use exec::{Module, ModuleKind, WorkerCode};
use isolate::IsolateLimits;
use oxc_resolver::ModuleType;

use super::compile::Settings;
use super::dialect::Dialect;
use super::kept::Kept;
use super::maps;
use super::names;
use super::resolve::{Resolver, Unresolved};
use super::rooted::{NoFile, Rooted};
use super::scan::{How, Import, Scan};
use crate::workers::{SourceError, called};

/// Modules that a worker may have.
const MAX_MODULES: usize = 10_000;

/// Imports between the main module and another one.
const MAX_DEPTH: usize = 1_000;

/// Bytes of all sources together, as they run.
const MAX_BYTES: usize = IsolateLimits::MAX_SCRIPT;

/// Names that CommonJS modules may export together, those counted that they pass on for each other; and how many times as
/// many may be looked at to find out.
const MAX_NAMES: usize = 1_000_000;
const MAX_LOOKS: usize = 4 * MAX_NAMES;

/// Bytes of a text that is parsed: a compiler takes many times as much memory.
const MAX_PARSED: usize = 16 << 20;

/// What stands for a module that a package wants to be left out.
const NOTHING: &str = "nothing.cjs";

/// What was loaded.
pub(super) struct Loaded {
    /// What is wrong in one of the files, if something is.
    pub(super) code: Result<WorkerCode, SourceError>,
    /// What the names of modules are relative to.
    pub(super) root: PathBuf,
    /// The files of all modules that were found.
    pub(super) files: Vec<PathBuf>,
}

/// Why a worker cannot be loaded.
#[derive(Debug)]
enum Failure {
    /// Its main file cannot be read.
    Read(io::Error),
    /// Something is wrong in one of its files.
    Source(SourceError),
}

/// Loads what the file `main` leads to. `shown` is what stacks call it.
///
/// # Errors
/// It cannot be read.
pub(super) fn load(main: &Path, shown: &str) -> io::Result<Loaded> {
    let real = std::fs::canonicalize(main)?;
    let root = root_of(&real);
    let files = Rooted::new(root.clone());
    let mut graph = Graph {
        resolver: Resolver::new(files.clone()),
        files,
        kept: Kept::of(&real),
        shown,
        nodes: Vec::new(),
        by_key: HashMap::new(),
        by_name: HashMap::new(),
        queue: VecDeque::new(),
        bytes: 0,
        map_bytes: 0,
    };
    let followed = graph.follow(main, real);
    let files = graph.nodes.iter().filter_map(|node| node.file.clone()).collect();
    let code = match followed {
        Ok(()) => Ok(graph.into_code()),
        Err(Failure::Source(error)) => Err(error),
        Err(Failure::Read(error)) => return Err(error),
    };
    Ok(Loaded { code, root, files })
}

/// The directory of the nearest `package.json`, or of the file.
fn root_of(main: &Path) -> PathBuf {
    let directories = || main.ancestors().skip(1);
    let package = directories().find(|directory| directory.join("package.json").is_file());
    package.or_else(|| directories().next()).unwrap_or(Path::new("/")).to_owned()
}

struct Graph<'a> {
    resolver: Resolver,
    files: Rooted,
    kept: Kept,
    shown: &'a str,
    nodes: Vec<Node>,
    by_key: HashMap<Key, usize>,
    by_name: HashMap<String, usize>,
    queue: VecDeque<usize>,
    bytes: usize,
    map_bytes: usize,
}

/// Which module it is.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    path: PathBuf,
    query: Option<String>,
    kind: Option<String>,
}

/// A module that was found.
struct Node {
    name: String,
    /// `None` for what is in no file.
    file: Option<PathBuf>,
    content: Content,
    package: Option<ModuleType>,
    /// The first place that imports it.
    from: Option<(usize, Range<usize>)>,
    depth: usize,
    kind: ModuleKind,
    original: Original,
    /// What runs, if that is something else.
    code: Option<String>,
    map: Option<String>,
    imports: Vec<(String, usize)>,
    exports: BTreeSet<String>,
    /// Modules whose exports it passes on.
    passed_on: Vec<usize>,
}

/// A module as it is in its file.
enum Original {
    Text(Arc<str>),
    /// What is not UTF-8.
    Binary(Vec<u8>),
}

impl Original {
    fn of(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text.into()),
            Err(error) => Self::Binary(error.into_bytes()),
        }
    }

    fn text(&self) -> Option<&Arc<str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

/// What the source of a module is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Code(Dialect),
    Other(ModuleKind),
}

impl Content {
    /// By what the import says, or else by the ending of the file.
    fn of(path: &Path, kind: Option<&str>) -> Result<Self, String> {
        match kind {
            Some("json") => return Ok(Self::Other(ModuleKind::Json)),
            Some("text") => return Ok(Self::Other(ModuleKind::Text)),
            Some("bytes") => return Ok(Self::Other(ModuleKind::Bytes)),
            Some(other) => {
                return Err(format!(
                    "there are no modules of type `{other}`: json, text and bytes are known"
                ));
            }
            None => {}
        }
        if let Some(dialect) = Dialect::of(path) {
            return Ok(Self::Code(dialect));
        }
        let Some(ending) = path.extension() else { return Ok(Self::Code(Dialect::JavaScript)) };
        match ending.to_str().unwrap_or_default() {
            "json" => Ok(Self::Other(ModuleKind::Json)),
            "txt" | "html" | "sql" => Ok(Self::Other(ModuleKind::Text)),
            "bin" => Ok(Self::Other(ModuleKind::Bytes)),
            "wasm" => Ok(Self::Other(ModuleKind::Wasm)),
            ending => Err(format!(
                "what a file with the ending `.{ending}` is has to be said: `with {{ type: \"text\" }}` or `\"bytes\"`"
            )),
        }
    }
}

impl Graph<'_> {
    fn follow(&mut self, main: &Path, real: PathBuf) -> Result<(), Failure> {
        self.main(main, real)?;
        while let Some(at) = self.queue.pop_front() {
            self.visit(at)?;
        }
        self.pass_exports_on()
    }

    fn main(&mut self, main: &Path, real: PathBuf) -> Result<(), Failure> {
        if real.extension().is_some_and(|ending| ending == "cts") {
            let message = ".cts files are not supported: write an ES module, in a .ts file";
            return Err(Failure::Read(io::Error::new(io::ErrorKind::Unsupported, message)));
        }
        // A file of another name was always a script, whatever it is called.
        let dialect = Dialect::of(&real).unwrap_or(Dialect::JavaScript);
        let Some(name) = names::of(self.files.root(), &real) else {
            return Err(Failure::Read(io::Error::new(io::ErrorKind::InvalidInput, "its name is not UTF-8")));
        };
        let key = Key { path: real.clone(), query: None, kind: None };
        self.push(key, Node::new(name, Some(real), Content::Code(dialect)));
        let bytes = self.files.read_at_most(main, MAX_BYTES as u64).map_err(|error| match error {
            NoFile::Io(error) => Failure::Read(error),
            // It was moved since its root was looked for.
            NoFile::Outside => Failure::Read(io::ErrorKind::NotFound.into()),
        })?;
        let original = Original::of(bytes);
        if original.text().is_none() {
            let error = io::Error::new(io::ErrorKind::InvalidData, "stream did not contain valid UTF-8");
            return Err(Failure::Read(error));
        }
        self.nodes[0].original = original;
        Ok(())
    }

    fn push(&mut self, key: Key, node: Node) -> usize {
        let at = self.nodes.len();
        self.by_key.insert(key, at);
        self.by_name.insert(node.name.clone(), at);
        self.nodes.push(node);
        self.queue.push_back(at);
        at
    }

    /// Reads a module, and finds those that it imports.
    fn visit(&mut self, at: usize) -> Result<(), Failure> {
        if at > 0 {
            self.read(at)?;
        }
        let scan = match self.nodes[at].content {
            Content::Code(dialect) => self.compile(at, dialect)?,
            Content::Other(kind) => {
                self.check(at, kind)?;
                self.nodes[at].kind = kind;
                Scan::default()
            }
        };
        let node = &self.nodes[at];
        self.bytes += node.code.as_ref().map_or(node.original.bytes().len(), String::len);
        if self.bytes > MAX_BYTES {
            return Err(
                self.refuse(at, &format!("all modules together have more than {} MiB", MAX_BYTES >> 20))
            );
        }
        let kind = node.kind;
        for import in &scan.imports {
            // `require` is nothing special in an ES module.
            let counts = match import.how {
                How::Static | How::Dynamic => true,
                How::Require => kind == ModuleKind::CommonJs,
            };
            if counts && let Some(target) = self.import(at, import)? {
                let node = &mut self.nodes[at];
                node.imports.push((import.specifier.clone(), target));
                if scan.passed_on.contains(&import.specifier) {
                    node.passed_on.push(target);
                }
            }
        }
        if kind == ModuleKind::CommonJs {
            self.nodes[at].exports = scan.exports;
        }
        Ok(())
    }

    fn read(&mut self, at: usize) -> Result<(), Failure> {
        let Some(file) = self.nodes[at].file.clone() else { return Ok(()) };
        let left = (MAX_BYTES - self.bytes) as u64;
        match self.files.read_at_most(&file, left) {
            Ok(bytes) => {
                self.nodes[at].original = Original::of(bytes);
                Ok(())
            }
            Err(NoFile::Outside) => Err(self.refuse(at, "it is outside of the worker's root")),
            Err(NoFile::Io(error)) if error.kind() == io::ErrorKind::FileTooLarge => {
                Err(self.refuse(at, &format!("all modules together have more than {} MiB", MAX_BYTES >> 20)))
            }
            Err(NoFile::Io(error)) => Err(self.refuse(at, &format!("cannot be read: {error}"))),
        }
    }

    /// Looks whether what is no code is what it is imported as.
    fn check(&self, at: usize, kind: ModuleKind) -> Result<(), Failure> {
        let original = &self.nodes[at].original;
        if kind == ModuleKind::Wasm && !original.bytes().starts_with(b"\0asm") {
            return Err(self.refuse(at, "it is no Wasm binary"));
        }
        if kind.is_text() && original.text().is_none() {
            return Err(self.refuse(at, "it is not UTF-8"));
        }
        Ok(())
    }

    fn compile(&mut self, at: usize, dialect: Dialect) -> Result<Scan, Failure> {
        let Some(text) = self.nodes[at].original.text().cloned() else {
            return Err(self.refuse(at, "it is not UTF-8"));
        };
        let too_large = text.len() > MAX_PARSED;
        let (transpiled, scan) = if too_large && dialect == Dialect::JavaScript {
            (None, Scan::default())
        } else if too_large {
            let message = format!("more than {} MiB are not compiled", MAX_PARSED >> 20);
            return Err(self.error(at, 0..0, message, None));
        } else {
            let settings = self.settings(at, dialect)?;
            let compiled = self.kept.compile(&self.nodes[at].name, &text, dialect, &settings);
            let compiled = compiled.map_err(|error| self.located(at, error))?;
            (compiled.transpiled, compiled.scan)
        };
        let map = transpiled.as_ref().map_or_else(|| self.map_of(at, &text), |_| None);
        let node = &mut self.nodes[at];
        match transpiled {
            Some(transpiled) => (node.code, node.map) = (Some(transpiled.code), Some(transpiled.map)),
            None => node.map = map,
        }
        node.kind = kind_of(node, &scan, at == 0);
        Ok(scan)
    }

    /// The map beside a JavaScript file, if its text names one. Whether it is any good is of no interest before it is used.
    fn map_of(&mut self, at: usize, text: &str) -> Option<String> {
        let file = self.nodes[at].file.as_deref()?;
        if file.iter().any(|part| part == "node_modules") {
            return None;
        }
        let url = maps::url_of(text).filter(|url| !url.starts_with("data:"))?;
        let map = self.files.read_at_most(&file.with_file_name(url), maps::MAX_MAP as u64).ok()?;
        self.map_bytes += map.len();
        String::from_utf8(map).ok().filter(|_| self.map_bytes <= MAX_BYTES)
    }

    fn settings(&self, at: usize, dialect: Dialect) -> Result<Settings, Failure> {
        match &self.nodes[at].file {
            Some(file) if dialect != Dialect::JavaScript => {
                let hint = "it says how this file is compiled";
                self.resolver.settings(file).map_err(|error| self.error(at, 0..0, error, Some(hint)))
            }
            _ => Ok(Settings::default()),
        }
    }

    /// The module that is imported; `None` if that is not known before it is asked for.
    fn import(&mut self, at: usize, import: &Import) -> Result<Option<usize>, Failure> {
        let Import { specifier, bytes, how, kind } = import;
        let Some(importer) = self.nodes[at].file.clone() else { return Ok(None) };
        let resolved = match self.resolver.resolve(&importer, specifier, *how) {
            Ok(resolved) => resolved,
            Err(Unresolved::Runtime) => return Ok(None),
            Err(Unresolved::Nothing) => return Ok(Some(self.nothing())),
            // In a bundle, `require` may be a function of its own, with other names.
            Err(Unresolved::Outside) if *how == How::Require => return Ok(None),
            Err(Unresolved::Outside) => {
                let message = format!("`{specifier}` is outside of the worker's root");
                let hint =
                    "the root is the directory of the nearest package.json, or of the main file without one";
                return Err(self.error(at, bytes.clone(), message, Some(hint)));
            }
            Err(Unresolved::Not { message, hint }) => {
                let is_optional = match how {
                    How::Static => false,
                    How::Dynamic => !specifier.starts_with('.'),
                    How::Require => true,
                };
                if is_optional || exec::is_built_in(specifier) {
                    return Ok(None);
                }
                return Err(self.error(at, bytes.clone(), message, hint.as_deref()));
            }
        };
        let key = Key { path: resolved.path, query: resolved.query, kind: kind.clone() };
        if let Some(known) = self.by_key.get(&key) {
            return Ok(Some(*known));
        }
        let content = match Content::of(&key.path, kind.as_deref()) {
            Ok(content) => content,
            // Native modules are asked for in `try`.
            Err(_) if *how == How::Require => return Ok(None),
            Err(message) => return Err(self.error(at, bytes.clone(), message, None)),
        };
        let Some(mut name) = names::of(self.files.root(), &key.path) else {
            let message = format!("the name of the file `{specifier}` is not UTF-8");
            return Err(self.error(at, bytes.clone(), message, None));
        };
        name.extend(key.query.as_deref());
        // It may be imported as what it is, too.
        if let Some(kind) = &key.kind
            && Content::of(&key.path, None).is_ok_and(|natural| natural != content)
        {
            name += &format!("#{kind}");
        }
        let depth = self.nodes[at].depth + 1;
        if self.nodes.len() >= MAX_MODULES || depth > MAX_DEPTH {
            let message = match depth > MAX_DEPTH {
                true => format!("this is import {MAX_DEPTH} in a row, and the last that is followed"),
                false => format!("a worker has no more than {MAX_MODULES} modules"),
            };
            return Err(self.error(at, bytes.clone(), message, None));
        }
        // The same module by another way of asking for it.
        if let Some(same) = self.by_name.get(&name).copied() {
            self.by_key.insert(key, same);
            return Ok(Some(same));
        }
        let node = Node {
            package: resolved.package,
            from: Some((at, bytes.clone())),
            depth,
            ..Node::new(name, Some(key.path.clone()), content)
        };
        Ok(Some(self.push(key, node)))
    }

    fn nothing(&mut self) -> usize {
        let key = Key { path: PathBuf::from(NOTHING), query: None, kind: None };
        if let Some(known) = self.by_key.get(&key) {
            return *known;
        }
        let node = Node::new(NOTHING.to_owned(), None, Content::Other(ModuleKind::CommonJs));
        self.push(key, node)
    }

    /// Gives CommonJS modules the names of those that they pass on, until there is nothing new.
    fn pass_exports_on(&mut self) -> Result<(), Failure> {
        let mut count: usize = self.nodes.iter().map(|node| node.exports.len()).sum();
        let mut looks = 0;
        let mut changed = true;
        while std::mem::take(&mut changed) {
            // A module mostly comes before those that it passes on.
            for at in (0..self.nodes.len()).rev() {
                let passed_on = std::mem::take(&mut self.nodes[at].passed_on);
                for other in passed_on.iter().filter(|other| **other != at) {
                    let exports = std::mem::take(&mut self.nodes[*other].exports);
                    let before = self.nodes[at].exports.len();
                    self.nodes[at].exports.extend(exports.iter().cloned());
                    let new = self.nodes[at].exports.len() - before;
                    (changed, count, looks) = (changed || new > 0, count + new, looks + exports.len());
                    self.nodes[*other].exports = exports;
                    if count > MAX_NAMES || looks > MAX_LOOKS {
                        return Err(self.refuse(at, "it passes on too many names of other modules"));
                    }
                }
                self.nodes[at].passed_on = passed_on;
            }
        }
        Ok(())
    }

    fn into_code(self) -> WorkerCode {
        self.kept.save();
        let names: Vec<_> = self.nodes.iter().map(|node| Arc::<str>::from(node.name.as_str())).collect();
        let mut modules: Vec<_> = self.nodes.into_iter().map(|node| node.into_module(&names)).collect();
        let main = modules.swap_remove(0);
        modules.sort_by(|a, b| a.name().cmp(b.name()));
        WorkerCode::new(main).with_modules(modules)
    }

    /// A module that cannot be one, told where it is imported.
    fn refuse(&self, at: usize, why: &str) -> Failure {
        let node = &self.nodes[at];
        match &node.from {
            Some((importer, bytes)) => {
                self.error(*importer, bytes.clone(), format!("`{}` {}", node.name, told(why)), None)
            }
            None => self.error(at, 0..0, why.to_owned(), None),
        }
    }

    fn error(&self, at: usize, bytes: Range<usize>, message: String, hint: Option<&str>) -> Failure {
        let node = &self.nodes[at];
        let text = node.original.text().map_or("", |text| text);
        let error = SourceError::new(&node.name, text, bytes, message);
        self.located(
            at,
            match hint {
                Some(hint) => error.with_hint(hint),
                None => error,
            },
        )
    }

    /// The same error with the file as a person calls it.
    fn located(&self, at: usize, mut error: SourceError) -> Failure {
        if at == 0 {
            error.location.file = self.shown.into();
        }
        let file = self.nodes[at].file.as_deref().map(called);
        Failure::Source(SourceError { path: file.unwrap_or_default(), ..error })
    }
}

/// `it is no …` behind the name of a module.
fn told(why: &str) -> &str {
    why.strip_prefix("it ").unwrap_or(why)
}

/// What a module of code is.
fn kind_of(node: &Node, scan: &Scan, is_main: bool) -> ModuleKind {
    let ending = node.file.as_deref().and_then(Path::extension).and_then(|ending| ending.to_str());
    match ending {
        Some("cjs") => ModuleKind::CommonJs,
        _ if is_main => ModuleKind::Detected,
        Some("mjs" | "mts") => ModuleKind::Esm,
        _ if scan.is_module || node.package == Some(ModuleType::Module) => ModuleKind::Esm,
        _ if scan.names_common_js || node.package == Some(ModuleType::CommonJs) => ModuleKind::CommonJs,
        _ => ModuleKind::Esm,
    }
}

impl Node {
    fn new(name: String, file: Option<PathBuf>, content: Content) -> Self {
        Self {
            name,
            file,
            content,
            package: None,
            from: None,
            depth: 0,
            kind: ModuleKind::Esm,
            original: Original::Text("".into()),
            code: None,
            map: None,
            imports: Vec::new(),
            exports: BTreeSet::new(),
            passed_on: Vec::new(),
        }
    }

    fn into_module(self, names: &[Arc<str>]) -> Module {
        let Self { name, kind, original, code, map, imports, exports, .. } = self;
        let module = match (code, original) {
            (Some(code), _) => Module::from_text(name, kind, code),
            (None, Original::Text(text)) => Module::from_text(name, kind, text),
            (None, Original::Binary(bytes)) if kind == ModuleKind::Wasm => Module::wasm(name, bytes),
            // What has to be text was looked at when it was read.
            (None, Original::Binary(bytes)) => Module::bytes(name, bytes),
        };
        let module = imports.into_iter().fold(module, |module, (specifier, target)| {
            module.with_import(specifier, Arc::clone(&names[target]))
        });
        let module = module.with_exports(exports);
        match map {
            Some(map) => module.with_map(map),
            None => module,
        }
    }
}
