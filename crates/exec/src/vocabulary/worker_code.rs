//! All modules of a worker.

use std::sync::Arc;

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};
use url::Url;

use crate::vocabulary::module::Module;

/// The root of all modules, as a URL. `file:` because that is what packages take `import.meta.url` apart for; the path is
/// the module's name, so it tells nothing of the host.
const ROOT: &str = "file:///";

/// The code of a worker: its main module and all others that may be imported, now or later. Everything is in memory
/// before anything is evaluated, and what a specifier means has been decided: evaluation reads no file.
///
/// Whoever makes one decides what a specifier means with [`Module::with_import`]; without that it is resolved
/// [as a URL](Self::resolve). What is imported and not there is an error when it is imported.
///
/// ```
/// use exec::{Module, Script, WorkerCode};
///
/// let code = WorkerCode::new(Module::esm("index.js", "import { hi } from './lib/hi.js'; export default { fetch: hi }"))
///     .with_module(Module::esm("lib/hi.js", "export const hi = () => new Response('hi')"));
/// let main = code.main();
/// assert_eq!(code.resolve(main, "./lib/hi.js").map(Module::name), Some("lib/hi.js"));
/// let script = Script::from_code(code);
/// assert_eq!(script.name(), "index.js");
/// ```
#[derive(Clone, Debug)]
pub struct WorkerCode {
    main: Arc<str>,
    /// In order of their names, each once.
    modules: Vec<Module>,
    code_cache: Option<Bytes>,
}

impl WorkerCode {
    /// The code of a worker that has one module, which exports its handlers.
    pub fn new(main: Module) -> Self {
        Self { main: Arc::clone(main.shared_name()), modules: vec![main], code_cache: None }
    }

    /// The same code with one more module. It takes the place of another of the same name.
    pub fn with_module(mut self, module: Module) -> Self {
        match self.position(module.name()) {
            Ok(at) => self.modules[at] = module,
            Err(at) => self.modules.insert(at, module),
        }
        self
    }

    /// As [`with_module`](Self::with_module), with several.
    pub fn with_modules(self, modules: impl IntoIterator<Item = Module>) -> Self {
        modules.into_iter().fold(self, Self::with_module)
    }

    /// The same code, which comes with what another process has compiled it to: see [`CodeCache::import`](crate::CodeCache::import). It is no part
    /// of the fingerprint, and nothing looks at it before the script is evaluated.
    pub fn with_code_cache(self, compiled: impl Into<Bytes>) -> Self {
        Self { code_cache: Some(compiled.into()), ..self }
    }

    /// What another process has compiled it to.
    pub fn code_cache(&self) -> Option<&Bytes> {
        self.code_cache.as_ref()
    }

    /// The main module.
    pub fn main(&self) -> &Module {
        &self.modules[self.main_index()]
    }

    /// The module of this name.
    pub fn module(&self, name: &str) -> Option<&Module> {
        self.position(name).ok().map(|at| &self.modules[at])
    }

    /// All modules, in order of their names.
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// Bytes of all sources together, of which there may be [`IsolateLimits::MAX_SCRIPT`](isolate::IsolateLimits::MAX_SCRIPT).
    pub fn source_bytes(&self) -> usize {
        self.modules.iter().map(|module| module.source().as_bytes().len()).sum()
    }

    /// The module that `specifier` means in `referrer`: the one that [`Module::with_import`] says, or else
    ///
    /// * a relative one (`./x.js`, `../x.js`, `/x.js`) or a URL such as `import.meta.url` names a path from the root: exactly
    ///   that, no extension is added, no directory is searched;
    /// * any other one is the name of a module.
    ///
    /// `None` if there is no such module.
    pub fn resolve(&self, referrer: &Module, specifier: &str) -> Option<&Module> {
        self.resolve_to_index(referrer, specifier).map(|at| &self.modules[at])
    }

    pub(crate) fn resolve_to_index(&self, referrer: &Module, specifier: &str) -> Option<usize> {
        if let Some(name) = referrer.import(specifier) {
            return self.position(name).ok();
        }
        if !is_path(specifier) {
            return self.position(specifier).ok();
        }
        let url = url_of(referrer.name())?.join(specifier).ok()?;
        if url.query().is_some() || url.fragment().is_some() || url.has_host() {
            return None;
        }
        let name = percent_decode_str(url.path().strip_prefix('/')?).decode_utf8().ok()?;
        self.position(&name).ok()
    }

    /// What `import.meta.resolve(specifier)` returns in `referrer`. A path is one whether there is such a module or not.
    pub(crate) fn url_of(&self, referrer: &Module, specifier: &str) -> Option<String> {
        let url = match self.resolve_to_index(referrer, specifier) {
            Some(index) => url_of(self.modules[index].name()),
            None if is_path(specifier) => url_of(referrer.name())?.join(specifier).ok(),
            None => None,
        };
        url.map(String::from)
    }

    /// Where the module of this name is among [`modules`](Self::modules), or would be.
    pub(crate) fn position(&self, name: &str) -> Result<usize, usize> {
        self.modules.binary_search_by(|module| module.name().cmp(name))
    }

    pub(crate) fn main_index(&self) -> usize {
        self.position(&self.main).unwrap_or(0)
    }

    /// SHA-256 over all modules and resolutions; the modules have these digests.
    pub(crate) fn digest(&self, modules: &[[u8; 32]]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update((self.main_index() as u64).to_le_bytes());
        modules.iter().for_each(|digest| hash.update(digest));
        hash.finalize().into()
    }
}

fn is_path(specifier: &str) -> bool {
    ["./", "../", "/", ROOT].iter().any(|start| specifier.starts_with(start))
}

/// The `import.meta.url` of the module of this name.
pub(crate) fn url_of(name: &str) -> Option<Url> {
    let mut url = Url::parse(ROOT).ok()?;
    url.set_path(&name.replace('%', "%25"));
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(names: &[&str]) -> WorkerCode {
        WorkerCode::new(Module::esm("src/main.ts", ""))
            .with_modules(names.iter().map(|name| Module::esm(*name, "")))
    }

    fn resolved<'c>(code: &'c WorkerCode, specifier: &str) -> Option<&'c str> {
        code.resolve(code.main(), specifier).map(Module::name)
    }

    #[test]
    fn a_specifier_is_a_url_or_a_name() {
        let code = code(&["src/a.js", "b.js", "lib", "src/ä b%20.js", "../up.js", "node:x"]);
        assert_eq!(resolved(&code, "./a.js"), Some("src/a.js"));
        assert_eq!(resolved(&code, "./x/../a.js"), Some("src/a.js"));
        assert_eq!(resolved(&code, "../b.js"), Some("b.js"));
        assert_eq!(resolved(&code, "../../../b.js"), Some("b.js"));
        assert_eq!(resolved(&code, "/b.js"), Some("b.js"));
        assert_eq!(resolved(&code, "file:///b.js"), Some("b.js"));
        assert_eq!(resolved(&code, "lib"), Some("lib"));
        assert_eq!(resolved(&code, "node:x"), Some("node:x"));
        assert_eq!(resolved(&code, "./ä%20b%2520.js"), Some("src/ä b%20.js"));
        let own = url_of("src/ä b%20.js").unwrap();
        assert_eq!(resolved(&code, own.as_str()), Some("src/ä b%20.js"));
        for absent in
            ["a.js", "./a", "./lib", "./b.js", "", ".", "./", "//h/b.js", "./a.js?x", "./a.js#x", "./%ff"]
        {
            assert_eq!(resolved(&code, absent), None, "{absent}");
        }
    }

    #[test]
    fn an_explicit_meaning_goes_first() {
        let main = Module::esm("src/main.ts", "").with_import("./a.js", "b.js").with_import("lib", "gone.js");
        let code = code(&["src/a.js", "b.js", "lib"]).with_module(main);
        assert_eq!(resolved(&code, "./a.js"), Some("b.js"));
        assert_eq!(resolved(&code, "lib"), None);
    }

    #[test]
    fn a_module_takes_the_place_of_its_namesake() {
        let code = code(&["a.js", "z.js"]).with_module(Module::text("a.js", "text"));
        assert_eq!(code.modules().len(), 3);
        assert_eq!((code.source_bytes(), code.main().name()), (4, "src/main.ts"));
        assert!(code.modules().is_sorted_by_key(|module| module.name().to_owned()));
    }
}
