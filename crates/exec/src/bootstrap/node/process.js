"use strict";
// node:process. What a worker is told of the process that it runs in is constant.

const EventEmitter = require("events");
const { invalidArgType, nodeError, outOfRange, validateFunction, validateString } = require("internal/errors");
const { nextTick } = require("internal/next_tick");
const warnings = require("internal/warning");
const env = require("internal/env");
const publicModule = require("internal/public_module");

const { console, performance } = globalThis;
const log = console.log.bind(console);
const logError = console.error.bind(console);
const logWarning = console.warn.bind(console);

const NODE = "22.19.0";

function notHere(name) {
  return () => {
    throw nodeError(Error, "ERR_METHOD_NOT_IMPLEMENTED", `process.${name} is not available here`);
  };
}

// As in Node.js, everything in it is a string.
const variables = new Proxy(env.copy(), {
  __proto__: null,
  defineProperty(target, key, descriptor) {
    if (typeof key === "symbol" || typeof descriptor.value === "symbol") {
      throw new TypeError("Cannot convert a Symbol value to a string");
    }
    if ("value" in descriptor) {
      descriptor.value = `${descriptor.value}`;
    }
    return Reflect.defineProperty(target, key, descriptor);
  },
});

const decoder = new TextDecoder();

// What is written is a line of the log, which has a bound below this.
const MAX_LINE = 1 << 20;

function output(fd, print) {
  const stream = new EventEmitter();
  return Object.assign(stream, {
    fd,
    isTTY: false,
    writable: true,
    columns: 80,
    write(chunk, encoding = undefined, callback = undefined) {
      const text = typeof chunk === "string"
        ? chunk.slice(0, MAX_LINE)
        : decoder.decode(ArrayBuffer.isView(chunk) && chunk.length > MAX_LINE ? chunk.subarray(0, MAX_LINE) : chunk);
      print("%s", text.endsWith("\n") ? text.slice(0, -1) : text);
      const done = typeof encoding === "function" ? encoding : callback;
      if (typeof done === "function") {
        nextTick(done);
      }
      return true;
    },
    end(chunk = undefined) {
      if (chunk !== undefined) {
        stream.write(chunk);
      }
      return stream;
    },
    cork() {},
    uncork() {},
    getColorDepth: () => 1,
    hasColors: () => false,
  });
}

function hrtime(before = undefined) {
  const now = performance.now();
  let seconds = Math.trunc(now / 1000);
  let nanoseconds = Math.trunc((now % 1000) * 1e6);
  if (before !== undefined) {
    if (!Array.isArray(before)) {
      throw invalidArgType("time", "Array", before);
    }
    if (before.length !== 2) {
      throw outOfRange("time", "2", before.length);
    }
    seconds -= before[0];
    nanoseconds -= before[1];
    if (nanoseconds < 0) {
      seconds--;
      nanoseconds += 1e9;
    }
  }
  return [seconds, nanoseconds];
}
hrtime.bigint = () => BigInt(Math.trunc(performance.now() * 1e6));

function memoryUsage() {
  return { rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 };
}
memoryUsage.rss = () => 0;

// process.emitWarning(warning[, options]), or (warning[, type[, code]][, ctor]).
function emitWarning(warning, type = undefined, code = undefined, constructor = emitWarning) {
  let detail;
  if (typeof type === "object" && type !== null && !Array.isArray(type)) {
    ({ code, detail } = type);
    constructor = type.ctor ?? emitWarning;
    type = type.type;
  } else if (typeof type === "function") {
    constructor = type;
    type = undefined;
    code = undefined;
  }
  if (type !== undefined) {
    validateString(type, "type");
  }
  if (typeof code === "function") {
    constructor = code;
    code = undefined;
  } else if (code !== undefined) {
    validateString(code, "code");
  }
  if (typeof warning === "string") {
    const text = warning;
    warning = new Error(text);
    warning.name = type || "Warning";
    if (code !== undefined) {
      warning.code = code;
    }
    if (detail !== undefined) {
      warning.detail = detail;
    }
    Error.captureStackTrace(warning, constructor);
  } else if (!(warning instanceof Error)) {
    throw invalidArgType("warning", ["Error", "string"], warning);
  }
  if (warning.name === "DeprecationWarning") {
    if (process.noDeprecation) {
      return;
    }
    if (process.throwDeprecation) {
      nextTick(() => {
        throw warning;
      });
      return;
    }
  }
  nextTick(() => {
    if (!process.noProcessWarnings) {
      const codeText = warning.code ? `[${warning.code}] ` : "";
      logWarning("%s", `${codeText}${warning.name}: ${warning.message}${warning.detail ? `\n${warning.detail}` : ""}`);
    }
    process.emit("warning", warning);
  });
}

let captured = null;

// The class that objects of Node.js say they are of.
function ProcessClass() {}
Object.defineProperty(ProcessClass, "name", { __proto__: null, configurable: true, value: "process" });

const process = Object.create(Object.create(EventEmitter.prototype, {
  constructor: { __proto__: null, configurable: true, value: ProcessClass, writable: true },
  [Symbol.toStringTag]: { __proto__: null, configurable: true, value: "process" },
}));
EventEmitter.call(process);

Object.assign(process, {
  abort: notHere("abort"),
  allowedNodeEnvironmentFlags: new Set(),
  arch: "x64",
  argv: ["node", "/worker"],
  argv0: "node",
  availableMemory: () => 0,
  binding: notHere("binding"),
  chdir: notHere("chdir"),
  config: { target_defaults: {}, variables: {} },
  constrainedMemory: () => 0,
  cpuUsage: () => ({ user: 0, system: 0 }),
  cwd: () => "/",
  debugPort: 0,
  dlopen: notHere("dlopen"),
  emitWarning,
  env: variables,
  execArgv: [],
  execPath: "/node",
  exit: notHere("exit"),
  exitCode: undefined,
  features: {
    cached_builtins: true, debug: false, inspector: false, ipv6: false, require_module: true, tls: false,
    tls_alpn: false, tls_ocsp: false, tls_sni: false, typescript: false, uv: false,
  },
  getActiveResourcesInfo: () => [],
  getBuiltinModule(id) {
    validateString(id, "id");
    return publicModule.get(id);
  },
  getegid: () => 0,
  geteuid: () => 0,
  getgid: () => 0,
  getgroups: () => [],
  getuid: () => 0,
  hasUncaughtExceptionCaptureCallback: () => captured !== null,
  hrtime,
  kill: notHere("kill"),
  loadEnvFile: notHere("loadEnvFile"),
  memoryUsage,
  nextTick,
  pid: 1,
  platform: "linux",
  ppid: 0,
  reallyExit: notHere("reallyExit"),
  release: { name: "node", lts: "Jod" },
  resourceUsage: () => ({
    fsRead: 0, fsWrite: 0, involuntaryContextSwitches: 0, ipcReceived: 0, ipcSent: 0, majorPageFault: 0,
    maxRSS: 0, minorPageFault: 0, sharedMemorySize: 0, signalsCount: 0, swappedOut: 0, systemCPUTime: 0,
    unsharedDataSize: 0, unsharedStackSize: 0, userCPUTime: 0, voluntaryContextSwitches: 0,
  }),
  setSourceMapsEnabled() {},
  setUncaughtExceptionCaptureCallback(callback) {
    if (callback !== null) {
      validateFunction(callback, "fn");
    }
    captured = callback;
  },
  sourceMapsEnabled: false,
  stderr: output(2, logError),
  stdin: Object.assign(new EventEmitter(), { fd: 0, isTTY: false, readable: false, read: () => null }),
  stdout: output(1, log),
  title: "node",
  umask: () => 18,
  uptime: () => performance.now() / 1000,
  version: `v${NODE}`,
  versions: { node: NODE, v8: "12.4.254.21-node.33", modules: "127", uv: "1.51.0", zlib: "1.3.1" },
});

warnings.listener = (warning) => emitWarning(warning);

module.exports = process;
