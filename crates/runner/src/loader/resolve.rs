//! Which file a specifier means.
//!
//! As Node.js and TypeScript have it, with the conditions of workerd: relative paths with or without their endings,
//! `./x.js` for `x.ts`, packages in `node_modules`, `exports`, `#imports`, a package's own name, `paths` of the nearest
//! `tsconfig.json`. A module of Node.js goes before a package of the same name, which others need where there is no such module:
//! so it is in Node.js. What `browser` of a `package.json` puts in its place still counts. Links are followed before anything is looked for, so a package that is linked finds what it depends on
//! where it is.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use oxc_resolver::{ModuleType, ResolveError, ResolveOptions, ResolverGeneric, TsConfig, TsconfigDiscovery};

use super::compile::Settings;
use super::rooted::{NoFile, Rooted};
use super::scan::How;

/// What the runtime has, if anybody has it.
const OF_THE_RUNTIME: [&str; 3] = ["node:", "cloudflare:", "workerd:"];

/// Endings that are tried for a path that has none, in this order.
const ENDINGS: [&str; 8] = [".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".cjs", ".json"];

/// Endings that a written one may stand for.
const ALIASES: [(&str, &[&str]); 4] = [
    (".js", &[".js", ".ts", ".tsx", ".jsx"]),
    (".jsx", &[".jsx", ".tsx"]),
    (".mjs", &[".mjs", ".mts"]),
    (".cjs", &[".cjs", ".cts"]),
];

/// Bytes of a specifier; no file has a longer path. Each part of it is looked for in each directory above.
const MAX_SPECIFIER: usize = 4096;

pub(super) struct Resolver {
    files: Rooted,
    /// For `import`.
    import: ResolverGeneric<Rooted>,
    /// For `require()`.
    require: ResolverGeneric<Rooted>,
}

/// A file that a specifier means.
#[derive(Debug)]
pub(super) struct Resolved {
    /// After all symbolic links.
    pub(super) path: PathBuf,
    /// What is behind `?`, with it.
    pub(super) query: Option<String>,
    /// What the `package.json` around it says of JavaScript.
    pub(super) package: Option<ModuleType>,
}

/// Why a specifier means no file.
#[derive(Debug)]
pub(super) enum Unresolved {
    /// It is up to the runtime.
    Runtime,
    /// A package says that there is nothing to load here, and wants that to be no error.
    Nothing,
    /// It means a file outside of the root.
    Outside,
    /// There is none, or a file that decides has a mistake.
    Not { message: String, hint: Option<String> },
}

impl Resolver {
    pub(super) fn new(files: Rooted) -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let options = |condition| ResolveOptions {
            alias_fields: vec![names(&["browser"])],
            condition_names: names(&["workerd", "worker", "browser", condition, "default"]),
            extension_alias: ALIASES
                .map(|(ending, stands_for)| (ending.to_owned(), names(stands_for)))
                .into(),
            extensions: names(&ENDINGS),
            main_fields: names(&["browser", "module", "main"]),
            module_type: true,
            // The importing file is where it really is, and what is found is looked at again.
            symlinks: false,
            tsconfig: Some(TsconfigDiscovery::Auto),
            ..ResolveOptions::default()
        };
        let import = ResolverGeneric::new_with_file_system(files.clone(), options("import"));
        let require = import.clone_with_options(options("require"));
        Self { files, import, require }
    }

    /// The file that `specifier` means in the file `importer`.
    pub(super) fn resolve(&self, importer: &Path, specifier: &str, how: How) -> Result<Resolved, Unresolved> {
        if OF_THE_RUNTIME.iter().any(|scheme| specifier.starts_with(scheme)) {
            return Err(Unresolved::Runtime);
        }
        if is_url(specifier) {
            let message = format!("`{}` is a URL, and nothing is loaded from elsewhere", shown(specifier));
            return Err(Unresolved::Not { message, hint: None });
        }
        if specifier.contains('\0') || specifier.is_empty() || specifier.len() > MAX_SPECIFIER {
            let message = format!("`{}` is no name of a module", shown(specifier));
            return Err(Unresolved::Not { message, hint: None });
        }
        let resolver = if how == How::Require { &self.require } else { &self.import };
        let found = resolver
            .resolve_file(importer, specifier)
            .map_err(|error| self.explain(importer, specifier, &error))?;
        if exec::is_built_in(specifier) && is_of_package(found.path(), package_of(specifier)) {
            return Err(Unresolved::Runtime);
        }
        let query = found.query().map(str::to_owned);
        let package = found.module_type();
        match self.files.real(found.path()) {
            Ok(path) => Ok(Resolved { path, query, package }),
            Err(NoFile::Outside) => Err(Unresolved::Outside),
            Err(NoFile::Io(error)) => Err(Unresolved::Not {
                message: format!("cannot read `{}`: {error}", shown(specifier)),
                hint: None,
            }),
        }
    }

    /// What the `tsconfig.json` that is for a file says.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn settings(&self, file: &Path) -> Result<Settings, String> {
        let config: Option<Arc<TsConfig>> =
            self.import.find_tsconfig(file).map_err(|error| self.without_root(&error))?;
        let Some(config) = config else { return Ok(Settings::default()) };
        let options = &config.compiler_options;
        let classic = match options.jsx.as_deref() {
            Some("react") => true,
            Some(_) => false,
            None => options.jsx_factory.is_some(),
        };
        let legacy_decorators = options.experimental_decorators == Some(true);
        let is_new = |target: &str| !is_before_fields(target);
        let defined_fields = options
            .use_define_for_class_fields
            .unwrap_or_else(|| options.target.as_deref().is_none_or(is_new));
        Ok(Settings {
            // Where decorators are the standard's, so are the fields that they are at.
            assigned_fields: legacy_decorators && !defined_fields,
            classic_jsx: classic,
            jsx_factory: options.jsx_factory.clone().filter(|_| classic),
            jsx_fragment_factory: options.jsx_fragment_factory.clone().filter(|_| classic),
            jsx_import_source: options.jsx_import_source.clone(),
            verbatim_module_syntax: options.verbatim_module_syntax == Some(true),
            legacy_decorators,
            decorator_metadata: options.emit_decorator_metadata == Some(true),
            strict_null_checks: options.strict_null_checks.or(options.strict) == Some(true),
        })
    }

    /// What is wrong with a specifier.
    fn explain(&self, importer: &Path, specifier: &str, error: &ResolveError) -> Unresolved {
        let written = shown(specifier);
        let not =
            |message: String, hint: Option<&str>| Unresolved::Not { message, hint: hint.map(str::to_owned) };
        match error {
            ResolveError::Ignored(_) => return Unresolved::Nothing,
            ResolveError::NotFound(_)
            | ResolveError::MatchedAliasNotFound(..)
            | ResolveError::ExtensionAlias(..) => {}
            error => return not(self.without_root(error), None),
        }
        if is_relative(specifier) {
            let directory = importer.parent().unwrap_or(importer);
            if !normal(&directory.join(specifier)).starts_with(self.files.root()) {
                return Unresolved::Outside;
            }
            return not(format!("there is no file `{written}`"), None);
        }
        if specifier.starts_with('#') {
            return not(format!("`{written}` is not among the `imports` of the package.json"), None);
        }
        let package = package_of(specifier);
        let mut directories =
            importer.ancestors().skip(1).take_while(|path| path.starts_with(self.files.root()));
        match directories.find(|path| path.join("node_modules").join(package).is_dir()) {
            Some(_) if package == specifier => not(
                format!("the package `{written}` has no entry"),
                Some("its package.json names no file that is there"),
            ),
            Some(_) => not(format!("the package `{}` has no `{written}`", shown(package)), None),
            None => not(
                format!("there is no package `{}`", shown(package)),
                Some("install it, for example with `npm install`, below the worker's root"),
            ),
        }
    }

    /// An error that tells nothing of where the root is.
    fn without_root(&self, error: &ResolveError) -> String {
        let root = format!("{}/", self.files.root().display());
        error.to_string().replace(&root, "")
    }
}

/// A specifier as a part of a sentence.
fn shown(specifier: &str) -> String {
    specifier.chars().take(200).collect()
}

fn is_relative(specifier: &str) -> bool {
    specifier.starts_with(['.', '/'])
}

/// Whether it begins with a scheme.
fn is_url(specifier: &str) -> bool {
    specifier.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

/// The name of the package: all before the first `/`, or the second in a scope.
fn package_of(specifier: &str) -> &str {
    let slashes = if specifier.starts_with('@') { 1 } else { 0 };
    specifier.match_indices('/').nth(slashes).map_or(specifier, |(at, _)| &specifier[..at])
}

/// Whether a file is in a `node_modules/PACKAGE`, and in no `node_modules` below that.
fn is_of_package(file: &Path, package: &str) -> bool {
    let parts: Vec<_> = file.iter().collect();
    let last = parts.iter().rposition(|part| *part == "node_modules");
    last.and_then(|at| parts.get(at + 1)).is_some_and(|part| *part == package)
}

/// Without `.` and `..`, as it is written.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(normal.pop()),
            other => normal.push(other),
        }
    }
    normal
}

/// Whether a `target` of TypeScript has no fields of classes.
fn is_before_fields(target: &str) -> bool {
    let target = target.to_ascii_lowercase();
    let year = target.strip_prefix("es").and_then(|year| year.parse::<u32>().ok());
    year.is_some_and(|year| year < 2022)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_are_told_apart() {
        for url in ["https://a.b/c.js", "data:text/javascript,1", "npm:react", "bun:test"] {
            assert!(is_url(url), "{url}");
        }
        for other in ["react", "@a/b", "./a:b", "#a:b", "c:", "a/b:c"] {
            assert_eq!(is_url(other), other == "xx:", "{other}");
        }
        assert_eq!(
            (package_of("a/b/c"), package_of("@a/b/c"), package_of("@a"), package_of("a")),
            ("a", "@a/b", "@a", "a")
        );
        for (file, is_of) in [
            ("/w/node_modules/events/events.js", true),
            ("/w/node_modules/a/node_modules/events/lib/index.js", true),
            ("/w/node_modules/events/node_modules/a/index.js", false),
            ("/w/events/index.js", false),
        ] {
            assert_eq!(is_of_package(Path::new(file), "events"), is_of, "{file}");
        }
        assert_eq!(normal(Path::new("/a/./b/../../c/../../../d")), Path::new("/d"));
    }
}
