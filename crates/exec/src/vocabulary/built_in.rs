//! Modules that every worker may import without having them: those of Node.js, and `cloudflare:…`.
//!
//! # Where they are, and what a worker pays that imports none
//!
//! Each is one file below `bootstrap/node/`, part of the program. It is not in the startup snapshot: an isolate gets a copy
//! of everything that is in there, and each context one of its functions. So nothing of a module is in a context before it is
//! imported there. V8 then compiles it from the text in the program itself, which
//! it does not copy, with the code that it made when the module was first used in the process; see
//! `host/built_in.rs`. A module is evaluated once in a context, at the latest when whoever imports it is linked: V8 has to
//! know its names by then. It does nothing that could be seen from outside meanwhile.
//!
//! # How a file is written
//!
//! It is the body of a function, in ASCII, that begins with `"use strict";` and gets
//!
//! | name | what |
//! | --- | --- |
//! | `exports`, `module` | as in CommonJS: `module.exports` is the default export, its own properties are the named ones. `module.id` is the name in the table |
//! | `require` | the `module.exports` of another file by its name in the table, without `node:`: `require("events")`. Modules may require each other in a cycle, as in CommonJS |
//! | `internals`, `primordials` | what the files of the Web APIs share, and the built-ins of the language as they were |
//!
//! Names that begin with `internal/` are for these files only: no worker can import them. What they export may be seen by
//! worker code nevertheless, so it is nothing that must not be.
//!
//! Worker code may have changed every prototype before a module is evaluated, and calls what it exports at any time.
//! Therefore:
//!
//! * A file that names `internals` follows the rules at the top of `bootstrap/internal/primordials.js` in all that it
//!   does with it: what it takes goes into constants at the top, built-ins are taken from `primordials`, and neither
//!   `internals` nor a function of the host is in an object, a list or `this` that worker code can see. It checks its arguments.
//! * One that does not name it can harm nobody but the worker that broke its own built-ins, as it would harm a package. It may
//!   use methods as they are; and should take built-ins that a worker is likely to replace (`Promise`, `setTimeout`)
//!   when it is evaluated.
//! * What worker code sizes is bounded, with an error that says so.
//!
//! Each module has a suite, `tests/bootstrap_js/suites/node/NAME.mjs`, that runs under Node; its tests compare with what
//! Node.js itself does where that is the same. A new file needs a line in the table below, and nothing else. What is
//! given to workers as a global when they ask for `nodejs_compat` is listed in `bootstrap/internal/built_ins.js`.

/// A line of the table.
pub(crate) struct BuiltIn {
    /// What `require` of another one calls it; the specifier of a worker, without `node:`.
    pub(crate) name: &'static str,
    pub(crate) file: &'static str,
    pub(crate) text: &'static str,
}

/// Its place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct BuiltInId(usize);

macro_rules! table {
    ($($name:literal $file:literal)*) => {
        &[$(BuiltIn {
            name: $name,
            file: $file,
            text: include_str!(concat!("../bootstrap/node/", $file)),
        }),*]
    };
}

/// In order of their names. The tests under Node read this.
const TABLE: &[BuiltIn] = table! {
    "assert" "assert.js"
    "assert/strict" "assert/strict.js"
    "async_hooks" "async_hooks.js"
    "buffer" "buffer.js"
    "child_process" "unavailable.js"
    "cloudflare:sockets" "cloudflare/sockets.js"
    "cloudflare:workers" "cloudflare/workers.js"
    "cluster" "unavailable.js"
    "console" "console.js"
    "constants" "constants.js"
    "crypto" "crypto.js"
    "dgram" "unavailable.js"
    "diagnostics_channel" "diagnostics_channel.js"
    "dns" "unavailable.js"
    "dns/promises" "unavailable.js"
    "domain" "unavailable.js"
    "events" "events.js"
    "fs" "unavailable.js"
    "fs/promises" "unavailable.js"
    "http" "unavailable.js"
    "http2" "unavailable.js"
    "https" "unavailable.js"
    "inspector" "unavailable.js"
    "inspector/promises" "unavailable.js"
    "internal/assertion_error" "internal/assertion_error.js"
    "internal/buffer/class" "internal/buffer/class.js"
    "internal/buffer/methods" "internal/buffer/methods.js"
    "internal/buffer/numbers" "internal/buffer/numbers.js"
    "internal/buffer/search" "internal/buffer/search.js"
    "internal/buffer/text" "internal/buffer/text.js"
    "internal/buffer/transcode" "internal/buffer/transcode.js"
    "internal/crypto/cipher" "internal/crypto/cipher.js"
    "internal/crypto/derive" "internal/crypto/derive.js"
    "internal/crypto/hash" "internal/crypto/hash.js"
    "internal/crypto/host" "internal/crypto/host.js"
    "internal/crypto/keys" "internal/crypto/keys.js"
    "internal/crypto/lazy_transform" "internal/crypto/lazy_transform.js"
    "internal/crypto/random" "internal/crypto/random.js"
    "internal/crypto/scrypt" "internal/crypto/scrypt.js"
    "internal/crypto/values" "internal/crypto/values.js"
    "internal/deep_equal" "internal/deep_equal.js"
    "internal/env" "internal/env.js"
    "internal/errors" "internal/errors.js"
    "internal/event_target" "internal/event_target.js"
    "internal/format" "internal/format.js"
    "internal/inspect" "internal/inspect.js"
    "internal/inspect_error" "internal/inspect_error.js"
    "internal/inspect_layout" "internal/inspect_layout.js"
    "internal/inspect_names" "internal/inspect_names.js"
    "internal/inspect_parts" "internal/inspect_parts.js"
    "internal/inspect_text" "internal/inspect_text.js"
    "internal/legacy_url" "internal/legacy_url.js"
    "internal/mime" "internal/mime.js"
    "internal/next_tick" "internal/next_tick.js"
    "internal/parse_args" "internal/parse_args.js"
    "internal/percent" "internal/percent.js"
    "internal/pieces" "internal/pieces.js"
    "internal/public_module" "internal/public_module.js"
    "internal/stream/dispose" "internal/stream/dispose.js"
    "internal/stream/duplex" "internal/stream/duplex.js"
    "internal/stream/duplex_from" "internal/stream/duplex_from.js"
    "internal/stream/errors" "internal/stream/errors.js"
    "internal/stream/finished" "internal/stream/finished.js"
    "internal/stream/legacy" "internal/stream/legacy.js"
    "internal/stream/lifetime" "internal/stream/lifetime.js"
    "internal/stream/operators" "internal/stream/operators.js"
    "internal/stream/pipeline" "internal/stream/pipeline.js"
    "internal/stream/readable" "internal/stream/readable.js"
    "internal/stream/readable_flow" "internal/stream/readable_flow.js"
    "internal/stream/readable_members" "internal/stream/readable_members.js"
    "internal/stream/readable_pipe" "internal/stream/readable_pipe.js"
    "internal/stream/readable_state" "internal/stream/readable_state.js"
    "internal/stream/side_state" "internal/stream/side_state.js"
    "internal/stream/signal" "internal/stream/signal.js"
    "internal/stream/state" "internal/stream/state.js"
    "internal/stream/transform" "internal/stream/transform.js"
    "internal/stream/web" "internal/stream/web.js"
    "internal/stream/web_state" "internal/stream/web_state.js"
    "internal/stream/writable" "internal/stream/writable.js"
    "internal/stream/writable_members" "internal/stream/writable_members.js"
    "internal/stream/writable_state" "internal/stream/writable_state.js"
    "internal/table" "internal/table.js"
    "internal/types" "internal/types.js"
    "internal/url_parts" "internal/url_parts.js"
    "internal/warning" "internal/warning.js"
    "internal/web" "internal/web.js"
    "internal/zlib/coder" "internal/zlib/coder.js"
    "internal/zlib/constants" "internal/zlib/constants.js"
    "internal/zlib/crc32" "internal/zlib/crc32.js"
    "internal/zlib/engine" "internal/zlib/engine.js"
    "module" "module.js"
    "net" "unavailable.js"
    "os" "os.js"
    "path" "path.js"
    "path/posix" "path/posix.js"
    "path/win32" "path/win32.js"
    "perf_hooks" "perf_hooks.js"
    "process" "process.js"
    "punycode" "punycode.js"
    "querystring" "querystring.js"
    "readline" "unavailable.js"
    "readline/promises" "unavailable.js"
    "repl" "unavailable.js"
    "sqlite" "unavailable.js"
    "stream" "stream.js"
    "stream/consumers" "stream/consumers.js"
    "stream/promises" "stream/promises.js"
    "stream/web" "stream/web.js"
    "string_decoder" "string_decoder.js"
    "sys" "util.js"
    "test" "unavailable.js"
    "timers" "timers.js"
    "timers/promises" "timers/promises.js"
    "tls" "unavailable.js"
    "trace_events" "unavailable.js"
    "tty" "unavailable.js"
    "url" "url.js"
    "util" "util.js"
    "util/types" "internal/types.js"
    "v8" "unavailable.js"
    "vm" "unavailable.js"
    "wasi" "unavailable.js"
    "worker_threads" "unavailable.js"
    "zlib" "zlib.js"
};

pub(crate) const COUNT: usize = TABLE.len();

/// What only files of the table require.
const INTERNAL: &str = "internal/";

/// Modules whose names without `node:` belong to packages.
const WITH_SCHEME_ONLY: [&str; 3] = ["sea", "sqlite", "test"];

impl BuiltInId {
    /// The one of this name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        TABLE.binary_search_by(|built_in| built_in.name.cmp(name)).ok().map(Self)
    }

    /// The one that `specifier` means in a worker that has no module of that name.
    pub(crate) fn find(specifier: &str) -> Option<Self> {
        let name = match specifier.strip_prefix("node:") {
            Some(name) if name.contains(':') => return None,
            Some(name) => name,
            None if WITH_SCHEME_ONLY.contains(&specifier.split('/').next().unwrap_or_default()) => {
                return None;
            }
            None => specifier,
        };
        Self::of(name).filter(|_| !name.starts_with(INTERNAL))
    }

    pub(crate) fn get(self) -> &'static BuiltIn {
        &TABLE[self.0]
    }

    /// The first one with the same file.
    pub(crate) fn first_of_its_file(self) -> usize {
        TABLE.iter().position(|other| other.file == self.get().file).unwrap_or(self.0)
    }

    /// What stacks and `import.meta.resolve` call it.
    pub(crate) fn url(self) -> String {
        let name = self.get().name;
        if name.contains(':') { name.to_owned() } else { format!("node:{name}") }
    }
}

/// Whether a worker may import `specifier` without having a module of that name: `node:path`, `path`,
/// `cloudflare:workers`. A module of the worker goes before it.
pub fn is_built_in(specifier: &str) -> bool {
    BuiltInId::find(specifier).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_its_files_are_as_they_have_to_be() {
        assert!(TABLE.is_sorted_by(|a, b| a.name < b.name));
        for BuiltIn { file, text, .. } in TABLE {
            assert!(text.is_ascii(), "{file}");
            let code = text.lines().find(|line| !line.starts_with("//") && !line.is_empty());
            assert_eq!(code, Some("\"use strict\";"), "{file}");
        }
    }

    #[test]
    fn a_specifier_is_a_name_with_its_scheme_or_without() {
        for known in ["node:path", "path", "node:path/posix", "events"] {
            assert!(is_built_in(known), "{known}");
        }
        for unknown in [
            "node:",
            "node:x",
            "",
            "x",
            "internal/errors",
            "node:internal/errors",
            "node:node:path",
            "path/",
            "./path",
        ] {
            assert!(!is_built_in(unknown), "{unknown}");
        }
        assert_eq!(BuiltInId::find("path").map(BuiltInId::url).as_deref(), Some("node:path"));
    }
}
