"use strict";
// node:module: require for built-in modules, and questions about them.

const { nodeError, validateString } = require("internal/errors");
const publicModule = require("internal/public_module");

const builtinModules = [
  "assert", "assert/strict", "async_hooks", "buffer", "child_process", "cluster", "console", "constants",
  "crypto", "dgram", "diagnostics_channel", "dns", "dns/promises", "domain", "events", "fs",
  "fs/promises", "http", "http2", "https", "inspector", "inspector/promises", "module", "net", "os",
  "path", "path/posix", "path/win32", "perf_hooks", "process", "punycode", "querystring", "readline",
  "readline/promises", "repl", "stream", "stream/consumers", "stream/promises", "stream/web",
  "string_decoder", "sys", "timers", "timers/promises", "tls", "trace_events", "tty", "url", "util",
  "util/types", "v8", "vm", "wasi", "worker_threads", "zlib",
].filter((name) => publicModule.has(name));

// There is nothing to load from: it knows the built-in modules only.
function createRequire(filename) {
  if (typeof filename !== "string" && typeof filename?.href !== "string") {
    const { invalidArgValue } = require("internal/errors");
    throw invalidArgValue("filename", filename, "must be a file URL object, file URL string, or absolute path string");
  }
  const find = (id) => {
    validateString(id, "id");
    if (!publicModule.has(id)) {
      throw nodeError(
        Error, "MODULE_NOT_FOUND",
        `cannot find module '${id}': createRequire() finds built-in modules only`,
      );
    }
  };
  const created = (id) => {
    find(id);
    return publicModule.get(id);
  };
  created.resolve = (id) => {
    find(id);
    return id;
  };
  created.cache = { __proto__: null };
  return created;
}

class Module {
  constructor(id = "") {
    this.id = id;
    this.exports = {};
    this.children = [];
    this.filename = null;
    this.loaded = false;
    this.paths = [];
  }
}

const notHere = (what) => () => {
  throw nodeError(Error, "ERR_METHOD_NOT_IMPLEMENTED", `module.${what} is not available here`);
};

Object.assign(Module, {
  Module,
  SourceMap: class SourceMap {},
  builtinModules,
  createRequire,
  findPackageJSON: notHere("findPackageJSON"),
  findSourceMap: () => undefined,
  isBuiltin: (name) => typeof name === "string" && publicModule.has(name),
  register: notHere("register"),
  registerHooks: notHere("registerHooks"),
  stripTypeScriptTypes: notHere("stripTypeScriptTypes"),
  syncBuiltinESMExports() {},
  _cache: { __proto__: null },
  _extensions: { __proto__: null },
  _load: notHere("_load"),
  _resolveFilename: notHere("_resolveFilename"),
});

module.exports = Module;
