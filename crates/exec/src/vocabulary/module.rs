//! One module of a worker's code.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// What a module is, which decides what evaluating it means and what it exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ModuleKind {
    /// An ES module.
    Esm,
    /// As its text says: an ES module or, if it is the main module and neither imports nor exports nor awaits at its top
    /// level, a classic script (sloppy mode, `this`, its own globals), which calls `addEventListener`.
    Detected,
    /// A CommonJS module: evaluated once, in a function with `module`, `exports` and `require`. Its default export is
    /// `module.exports`; named ones are those that [`Module::with_exports`] lists.
    CommonJs,
    /// JSON; the default export is its value.
    Json,
    /// Text; the default export is a string.
    Text,
    /// Anything; the default export is a `Uint8Array`, of which every context gets its own.
    Bytes,
    /// A Wasm binary; the default export is a `WebAssembly.Module`, compiled when it is imported.
    Wasm,
}

impl ModuleKind {
    /// Whether its source is text.
    pub fn is_text(self) -> bool {
        !matches!(self, Self::Bytes | Self::Wasm)
    }
}

/// The source of a module.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModuleSource {
    /// Of every kind but the following.
    Text(Arc<str>),
    /// Of [`ModuleKind::Bytes`] and [`ModuleKind::Wasm`].
    Bytes(Bytes),
}

impl ModuleSource {
    /// As bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// As text, if it is.
    pub fn as_text(&self) -> Option<&Arc<str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(_) => None,
        }
    }
}

impl fmt::Debug for ModuleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.as_text().is_some() { "text" } else { "binary" };
        write!(f, "{} bytes, {kind}", self.as_bytes().len())
    }
}

/// One module: its name, what it is, its source, and what the specifiers in it mean.
///
/// The name is a path relative to the worker's root with `/` between its parts, such as `src/index.ts`. It identifies
/// the module in its [`WorkerCode`](crate::WorkerCode), and is what stacks and errors show and `import.meta.url` tells, so it
/// should tell nothing of the host.
///
/// Cloning is cheap.
///
/// ```
/// use exec::{Module, ModuleKind};
///
/// let main = Module::esm("src/index.ts", "import { x } from '@/x'; export default { fetch: () => x }")
///     .with_import("@/x", "src/x.ts");
/// assert_eq!((main.name(), main.kind()), ("src/index.ts", ModuleKind::Esm));
/// assert_eq!(main.import("@/x"), Some("src/x.ts"));
/// ```
#[derive(Clone, Debug)]
pub struct Module {
    name: Arc<str>,
    kind: ModuleKind,
    source: ModuleSource,
    imports: Arc<BTreeMap<Arc<str>, Arc<str>>>,
    exports: Arc<[Arc<str>]>,
    map: Option<Arc<str>>,
}

impl Module {
    /// An [ES module](ModuleKind::Esm).
    pub fn esm(name: impl Into<Arc<str>>, source: impl Into<Arc<str>>) -> Self {
        Self::of(name.into(), ModuleKind::Esm, ModuleSource::Text(source.into()))
    }

    /// An ES module or a classic script, [as its text says](ModuleKind::Detected).
    pub fn detected(name: impl Into<Arc<str>>, source: impl Into<Arc<str>>) -> Self {
        Self::of(name.into(), ModuleKind::Detected, ModuleSource::Text(source.into()))
    }

    /// A [CommonJS module](ModuleKind::CommonJs).
    pub fn common_js(name: impl Into<Arc<str>>, source: impl Into<Arc<str>>) -> Self {
        Self::of(name.into(), ModuleKind::CommonJs, ModuleSource::Text(source.into()))
    }

    /// [JSON](ModuleKind::Json).
    pub fn json(name: impl Into<Arc<str>>, source: impl Into<Arc<str>>) -> Self {
        Self::of(name.into(), ModuleKind::Json, ModuleSource::Text(source.into()))
    }

    /// [Text](ModuleKind::Text).
    pub fn text(name: impl Into<Arc<str>>, source: impl Into<Arc<str>>) -> Self {
        Self::of(name.into(), ModuleKind::Text, ModuleSource::Text(source.into()))
    }

    /// [Bytes](ModuleKind::Bytes).
    pub fn bytes(name: impl Into<Arc<str>>, source: impl Into<Bytes>) -> Self {
        Self::of(name.into(), ModuleKind::Bytes, ModuleSource::Bytes(source.into()))
    }

    /// A [Wasm binary](ModuleKind::Wasm).
    pub fn wasm(name: impl Into<Arc<str>>, source: impl Into<Bytes>) -> Self {
        Self::of(name.into(), ModuleKind::Wasm, ModuleSource::Bytes(source.into()))
    }

    /// A module of any kind from the bytes of its source, such as those of a file. Copies them if they are text.
    ///
    /// # Errors
    /// If the kind has [text](ModuleKind::is_text) for its source, and `source` is not UTF-8.
    pub fn from_bytes(
        name: impl Into<Arc<str>>,
        kind: ModuleKind,
        source: impl Into<Bytes>,
    ) -> Result<Self, std::str::Utf8Error> {
        let source = source.into();
        let source = match kind.is_text() {
            true => ModuleSource::Text(std::str::from_utf8(&source)?.into()),
            false => ModuleSource::Bytes(source),
        };
        Ok(Self::of(name.into(), kind, source))
    }

    /// A module of any kind from a text, which is not copied if the kind has [text](ModuleKind::is_text) for its source.
    pub fn from_text(name: impl Into<Arc<str>>, kind: ModuleKind, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let source = match kind.is_text() {
            true => ModuleSource::Text(text),
            false => ModuleSource::Bytes(Bytes::copy_from_slice(text.as_bytes())),
        };
        Self::of(name.into(), kind, source)
    }

    fn of(name: Arc<str>, kind: ModuleKind, source: ModuleSource) -> Self {
        Self { name, kind, source, imports: Arc::default(), exports: [].into(), map: None }
    }

    /// The same module, in which `specifier` means the module called `name`, wherever it is written: in `import`,
    /// `export … from`, `import()`, `require()` and `import.meta.resolve()`. It goes before what
    /// [`WorkerCode::resolve`](crate::WorkerCode::resolve) does without it.
    pub fn with_import(mut self, specifier: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Arc::make_mut(&mut self.imports).insert(specifier.into(), name.into());
        self
    }

    /// The same module with these named exports in place of those it had. Only [CommonJS](ModuleKind::CommonJs) modules
    /// need it: V8 has to know the names before the module is evaluated. Each becomes the property of `module.exports`
    /// of that name, as it is after the evaluation.
    pub fn with_exports<N: Into<Arc<str>>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        let mut names: Vec<Arc<str>> = names.into_iter().map(Into::into).collect();
        names.sort();
        names.dedup();
        self.exports = names.into();
        self
    }

    /// The same module with the source map of its source: version 3, as JSON. It is no part of the fingerprint, and
    /// nothing reads it before there is an error to show.
    pub fn with_map(mut self, map: impl Into<Arc<str>>) -> Self {
        self.map = Some(map.into());
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn shared_name(&self) -> &Arc<str> {
        &self.name
    }

    /// What it is.
    pub fn kind(&self) -> ModuleKind {
        self.kind
    }

    /// Its source.
    pub fn source(&self) -> &ModuleSource {
        &self.source
    }

    /// The name of the module that [`with_import`](Self::with_import) gave to `specifier`.
    pub fn import(&self, specifier: &str) -> Option<&str> {
        self.imports.get(specifier).map(|name| &**name)
    }

    /// Everything that was given to [`with_import`](Self::with_import): pairs of a specifier and a name.
    pub fn imports(&self) -> impl Iterator<Item = (&str, &str)> {
        self.imports.iter().map(|(specifier, name)| (&**specifier, &**name))
    }

    /// The named exports of a CommonJS module, in order.
    pub fn exports(&self) -> impl Iterator<Item = &str> {
        self.exports.iter().map(|name| &**name)
    }

    /// The source map.
    pub fn map(&self) -> Option<&Arc<str>> {
        self.map.as_ref()
    }

    /// SHA-256 of everything but the source map.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        part(self.name.as_bytes());
        part(&[self.kind as u8]);
        part(self.source.as_bytes());
        part(&self.imports.len().to_le_bytes());
        for (specifier, name) in &*self.imports {
            part(specifier.as_bytes());
            part(name.as_bytes());
        }
        for name in &*self.exports {
            part(name.as_bytes());
        }
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_covers_all_parts_and_confuses_none() {
        let base = || Module::common_js("a.js", "x");
        let others = [
            Module::common_js("b.js", "x"),
            Module::common_js("a.js", "y"),
            Module::esm("a.js", "x"),
            Module::common_js("a.jsx", ""),
            base().with_import("s", "n"),
            base().with_import("sn", ""),
            base().with_exports(["s", "n"]),
            base().with_exports(["sn"]),
        ];
        assert_eq!(base().digest(), base().with_map("{}").digest());
        let mut digests: Vec<_> = others.iter().map(Module::digest).collect();
        digests.push(base().digest());
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), others.len() + 1);
    }

    #[test]
    fn text_is_checked_where_it_is_needed() {
        let noise = &b"\xff\x00\xfe"[..];
        assert!(Module::from_bytes("a", ModuleKind::Esm, noise).is_err());
        assert_eq!(Module::from_bytes("a", ModuleKind::Wasm, noise).unwrap().source().as_bytes(), noise);
        let text = Module::from_bytes("a", ModuleKind::Json, &b"1"[..]).unwrap();
        assert_eq!(text.source().as_text().map(|text| &**text), Some("1"));
    }

    #[test]
    fn names_of_exports_are_listed_once() {
        let module = Module::common_js("a", "").with_exports(["b", "a", "b"]);
        assert_eq!(module.exports().collect::<Vec<_>>(), ["a", "b"]);
    }
}
