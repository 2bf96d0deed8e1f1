//! What a worker runs: code, environment, version.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use isolate::RequestLimits;
use sha2::{Digest, Sha256};

use crate::vocabulary::binding::{Binding, Bindings};
use crate::vocabulary::code_cache::{CodeForm, CodeKey};
use crate::vocabulary::module::Module;
use crate::vocabulary::source_maps::SourceMaps;
use crate::vocabulary::worker_code::WorkerCode;

/// A worker's script: its [code](WorkerCode), its environment (the bindings its handlers get as `env`) and its
/// version. Beside these it has a name, for people.
///
/// Cloning is cheap (everything is shared). Two scripts are the same to the pool when their
/// [`fingerprint`](Script::fingerprint)s are equal, which covers all three parts: a changed environment
/// variable is a changed script even if the version was not touched. Of its bindings it covers the names and methods: see
/// [`with_binding`](Script::with_binding).
///
/// ```
/// use exec::Script;
///
/// let script = Script::new("export default { fetch() { return new Response('hi') } }")
///     .with_environment([("GREETING", "hello")])
///     .with_version("2");
/// assert_ne!(script.fingerprint(), script.clone().with_version("3").fingerprint());
/// ```
#[derive(Clone)]
pub struct Script {
    inner: Arc<Inner>,
    name: Option<Arc<str>>,
    limits: Option<RequestLimits>,
    source_maps: Option<Arc<dyn SourceMaps>>,
}

struct Inner {
    code: Arc<HashedCode>,
    environment: BTreeMap<String, String>,
    bindings: Bindings,
    version: String,
    nodejs_compat: bool,
    fingerprint: Fingerprint,
}

/// Code, and the digests of it, which are costly to make.
struct HashedCode {
    code: WorkerCode,
    /// Of each module.
    modules: Vec<[u8; 32]>,
    digest: [u8; 32],
}

/// Identity of a [`Script`]: SHA-256 over all modules and what the specifiers in them mean, environment, what is seen of
/// bindings, version, and whether it has the globals of Node.js.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Script {
    const DEFAULT_NAME: &str = "worker.js";

    /// A script of one module, without environment and with an empty version. `source` is JavaScript: an ES module that
    /// exports handlers, or a classic script that calls `addEventListener`.
    pub fn new(source: impl Into<Arc<str>>) -> Self {
        Self::from_code(WorkerCode::new(Module::detected(Self::DEFAULT_NAME, source)))
    }

    /// A script of this code, without environment and with an empty version. Hashes all of it.
    pub fn from_code(code: WorkerCode) -> Self {
        let modules: Vec<_> = code.modules().iter().map(Module::digest).collect();
        let digest = code.digest(&modules);
        let code = Arc::new(HashedCode { code, modules, digest });
        let inner = Inner::new(code, BTreeMap::new(), Bindings::default(), String::new(), false);
        Self { inner, name: None, limits: None, source_maps: None }
    }

    /// The same script with these environment variables instead of the present ones.
    pub fn with_environment<K: Into<String>, V: Into<String>>(
        self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let environment = variables.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        let Inner { code, bindings, version, nodejs_compat, .. } = &*self.inner;
        let inner = Inner::new(code.clone(), environment, bindings.clone(), version.clone(), *nodejs_compat);
        Self { inner, ..self }
    }

    /// The same script whose `env` has an object called `name`, with the methods of `binding`. It hides a variable of the
    /// same name, and takes the place of another binding of that name.
    ///
    /// The name and the methods are part of the [`fingerprint`](Self::fingerprint), since that is all that JavaScript sees;
    /// which object answers is not. A call goes to the binding of the script that its request was started with. So it may be
    /// another one for each request, with the worker's global state kept; if requests of different people share that
    /// state, it is up to the script what it keeps there of the answers.
    pub fn with_binding(self, name: &str, binding: impl Binding) -> Self {
        self.with_shared_binding(name, Arc::new(binding))
    }

    /// As [`with_binding`](Self::with_binding), with a binding that others use too.
    pub fn with_shared_binding(self, name: &str, binding: Arc<dyn Binding>) -> Self {
        let Inner { code, environment, bindings, version, nodejs_compat, .. } = &*self.inner;
        let bindings = bindings.with(name, binding);
        let inner = Inner::new(code.clone(), environment.clone(), bindings, version.clone(), *nodejs_compat);
        Self { inner, ..self }
    }

    /// The same script under another version name.
    pub fn with_version(self, version: impl Into<String>) -> Self {
        let Inner { code, environment, bindings, nodejs_compat, .. } = &*self.inner;
        let inner =
            Inner::new(code.clone(), environment.clone(), bindings.clone(), version.into(), *nodejs_compat);
        Self { inner, ..self }
    }

    /// The same script with the globals of Node.js, or without, as it is unless this is called: `Buffer`, `process`,
    /// `global`, `setImmediate` and `clearImmediate`. The modules of Node.js can be imported with and without them.
    pub fn with_nodejs_compat(self, nodejs_compat: bool) -> Self {
        let Inner { code, environment, bindings, version, .. } = &*self.inner;
        let inner =
            Inner::new(code.clone(), environment.clone(), bindings.clone(), version.clone(), nodejs_compat);
        Self { inner, ..self }
    }

    /// Whether it has the globals of Node.js.
    pub fn nodejs_compat(&self) -> bool {
        self.inner.nodejs_compat
    }

    /// The same script under this name: the path of its main module relative to where it is served from, such as
    /// `hello/index.js`. Stacks and errors show it in place of the main module's own, so it should tell nothing of the host.
    ///
    /// It is no part of the [`fingerprint`](Self::fingerprint): a context that was made of the same source under another
    /// name goes on to show that one.
    pub fn with_name(self, name: impl Into<Arc<str>>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// The name; that of the main module unless set, which is `worker.js` if it was made of [one text](Self::new).
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_else(|| self.code().main().name())
    }

    /// The same script whose requests have these limits, in place of those that its isolate was made with.
    ///
    /// They belong to the script and not to the call, since everything else that a worker is configured with travels with
    /// it too. They are no part of the [`fingerprint`](Self::fingerprint): they change nothing of what the script does, and
    /// other limits for a worker should not cost it its global state.
    pub fn with_limits(self, limits: RequestLimits) -> Self {
        Self { limits: Some(limits.normalized()), ..self }
    }

    /// The same script, whose stacks and errors name places in what it was made of: in `error.stack`, the log and a
    /// [`Termination`](crate::Termination). They are no part of the [`fingerprint`](Self::fingerprint).
    pub fn with_source_maps(self, maps: Arc<dyn SourceMaps>) -> Self {
        Self { source_maps: Some(maps), ..self }
    }

    /// What knows where its code was written, if that is somewhere else.
    pub fn source_maps(&self) -> Option<&dyn SourceMaps> {
        self.source_maps.as_deref()
    }

    /// The limits of its requests, if it has its own.
    pub fn limits(&self) -> Option<RequestLimits> {
        self.limits
    }

    /// Its code.
    pub fn code(&self) -> &WorkerCode {
        &self.inner.code.code
    }

    /// The source text of its main module; empty if that is no text.
    pub fn source(&self) -> &str {
        self.code().main().source().as_text().map_or("", |text| text)
    }

    /// The source text that stacks and errors mean by `file`: the [name](Self::name) of the script for its main module,
    /// the name of the module for the others.
    pub fn source_of(&self, file: &str) -> Option<&str> {
        if file == self.name() {
            return Some(self.source());
        }
        let module = self.code().module(file)?;
        let is_main = module.name() == self.code().main().name();
        module.source().as_text().filter(|_| !is_main).map(|text| &**text)
    }

    /// The digest of the module at this place of [`WorkerCode::modules`].
    pub(crate) fn digest_of(&self, module: usize) -> [u8; 32] {
        self.inner.code.modules[module]
    }

    /// What the code cache may have of it, in order.
    pub(crate) fn code_keys(&self) -> impl Iterator<Item = CodeKey> {
        let forms = |module| CodeForm::ALL.map(|form| CodeKey { module, form });
        self.inner.code.modules.iter().copied().flat_map(forms)
    }

    /// SHA-256 over all modules and what the specifiers in them mean: scripts with the same are compiled to the same.
    pub fn code_digest(&self) -> &[u8; 32] {
        &self.inner.code.digest
    }

    /// The environment variables, in order of their names.
    pub fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        self.inner.environment.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }

    pub(crate) fn bindings(&self) -> &Bindings {
        &self.inner.bindings
    }

    /// The version name; empty unless set.
    pub fn version(&self) -> &str {
        &self.inner.version
    }

    /// The identity of this script.
    pub fn fingerprint(&self) -> Fingerprint {
        self.inner.fingerprint
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script")
            .field("name", &self.name())
            .field("modules", &self.code().modules().len())
            .field("bytes", &self.code().source_bytes())
            .field("version", &self.inner.version)
            .field("fingerprint", &self.inner.fingerprint)
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn new(
        code: Arc<HashedCode>,
        environment: BTreeMap<String, String>,
        bindings: Bindings,
        version: String,
        nodejs_compat: bool,
    ) -> Arc<Self> {
        let fingerprint = Fingerprint::of(&code.digest, &environment, &bindings, &version, nodejs_compat);
        Arc::new(Self { code, environment, bindings, version, nodejs_compat, fingerprint })
    }
}

impl Fingerprint {
    fn of(
        code: &[u8; 32],
        environment: &BTreeMap<String, String>,
        bindings: &Bindings,
        version: &str,
        nodejs_compat: bool,
    ) -> Self {
        let mut hash = Sha256::new();
        hash.update(code);
        hash.update([u8::from(nodejs_compat)]);
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        part(version);
        // So that no variable passes for a binding.
        part(&environment.len().to_string());
        for (key, value) in environment {
            part(key);
            part(value);
        }
        for bound in bindings.iter() {
            part(&bound.name);
            part(&bound.methods.len().to_string());
            bound.methods.iter().for_each(|method| part(method));
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..6].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprint_covers_source_environment_and_version() {
        let base = Script::new("a");
        assert_eq!(base.fingerprint(), Script::new("a").fingerprint());
        assert_ne!(base.fingerprint(), Script::new("b").fingerprint());
        assert_ne!(base.fingerprint(), Script::new("a").with_version("1").fingerprint());
        assert_ne!(base.fingerprint(), Script::new("a").with_environment([("K", "V")]).fingerprint());
        let compat = base.clone().with_nodejs_compat(true).with_version("").with_environment([("", ""); 0]);
        assert!(compat.nodejs_compat());
        assert_ne!(base.fingerprint(), compat.fingerprint());
    }

    #[test]
    fn fingerprint_covers_all_modules_and_what_they_import() {
        let of = |code: WorkerCode| Script::from_code(code).fingerprint();
        let main = || Module::esm("main.js", "import 'x'");
        let base = || WorkerCode::new(main()).with_module(Module::esm("a.js", "1"));
        let others = [
            WorkerCode::new(main()),
            base().with_module(Module::esm("a.js", "2")),
            base().with_module(Module::text("a.js", "1")),
            base().with_module(Module::esm("b.js", "")),
            base().with_module(main().with_import("x", "a.js")),
            WorkerCode::new(Module::esm("a.js", "1")).with_module(main()),
        ];
        assert_eq!(
            of(base()),
            of(WorkerCode::new(main()).with_module(Module::esm("a.js", "1").with_map("m")))
        );
        let mut fingerprints: Vec<_> = others.into_iter().map(of).map(|Fingerprint(bytes)| bytes).collect();
        fingerprints.push(of(base()).0);
        fingerprints.sort();
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), 7);
    }

    #[test]
    fn a_file_of_a_stack_is_a_module() {
        let code = WorkerCode::new(Module::esm("main.js", "main")).with_module(Module::esm("a.js", "a"));
        let script = Script::from_code(code.with_module(Module::wasm("b.wasm", "noise")));
        assert_eq!((script.name(), script.source()), ("main.js", "main"));
        assert_eq!((script.source_of("main.js"), script.source_of("a.js")), (Some("main"), Some("a")));
        let script = script.with_name("w/main.js");
        assert_eq!(script.source_of("w/main.js"), Some("main"));
        for absent in ["main.js", "b.wasm", "c.js", ""] {
            assert_eq!(script.source_of(absent), None, "{absent}");
        }
    }

    #[test]
    fn limits_and_name_stay_with_the_script_and_leave_its_fingerprint_alone() {
        let limits = RequestLimits::default().with_operations(1);
        let script = Script::new("a").with_limits(limits).with_name("a/index.js");
        let script = script.with_version("1").with_environment([("K", "V")]);
        assert_eq!((script.limits(), script.name()), (Some(limits), "a/index.js"));
        let other = Script::new("a").with_version("1").with_environment([("K", "V")]);
        assert_eq!(script.fingerprint(), other.fingerprint());
    }

    #[test]
    fn fingerprint_does_not_confuse_neighbouring_parts() {
        let one = Script::new("s").with_environment([("ab", "c")]);
        let other = Script::new("s").with_environment([("a", "bc")]);
        assert_ne!(one.fingerprint(), other.fingerprint());
    }
}
