//! What modules and files are called.

use std::path::Path;

/// Modules of Node.js that are asked for without `node:`, too.
const OF_NODE: [&str; 41] = [
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "worker_threads",
    "zlib",
];

/// The name of a module: the path of its file from the root. `None` if that is not UTF-8, or not below it.
pub(super) fn of(root: &Path, file: &Path) -> Option<String> {
    let parts: Option<Vec<_>> = file.strip_prefix(root).ok()?.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/"))
}

/// Whether a specifier means a module of Node.js if there is no package of that name.
pub(super) fn is_of_node(specifier: &str) -> bool {
    OF_NODE.contains(&specifier.split('/').next().unwrap_or_default())
}
