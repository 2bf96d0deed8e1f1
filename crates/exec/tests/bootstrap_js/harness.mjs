// A stand-in for the Rust side: evaluates the bootstrap in a bare vm context
// with a fake host written in Node, and drives requests. For development with
// `node crates/exec/tests/bootstrap_js/run.mjs`; the real host is tested in Rust.
import { AsyncLocalStorage } from "node:async_hooks";
import { randomFillSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { inspect, types } from "node:util";
import zlib from "node:zlib";
import v8 from "node:v8";
import vm from "node:vm";
import { bufferHost } from "./buffer_host.mjs";
import { cacheHost } from "./cache_host.mjs";
import { cryptoHost } from "./crypto_host.mjs";

// Node.js 20 has it behind a flag.
if (!("transfer" in ArrayBuffer.prototype)) v8.setFlagsFromString("--harmony-rab-gsab-transfer");

const folder = new URL("../../src/bootstrap/", import.meta.url);
// The built-in modules: names and files.
const table = readFileSync(new URL("../../src/vocabulary/built_in.rs", import.meta.url), "utf8");
export const builtIns = new Map([...table.matchAll(/^ {4}"(\S+)" "(\S+\.js)"$/gm)].map(([, name, file]) => [name, file]));
const PARAMETERS = ["exports", "require", "module", "internals", "primordials"];
const files = readFileSync(new URL("files.txt", folder), "utf8").trim().split("\n");
// The parts that are evaluated when they are first used.
const words = (text) => text.match(/[^"\s]+/g) ?? [];
export const parts = [...readFileSync(new URL("../../src/vocabulary/parts.rs", import.meta.url), "utf8")
  .matchAll(/keys: \[([^\]]*)\]\s*globals: \[([^\]]*)\]\s*files: \[([^\]]*)\]\s*\}\n/g)]
  .map(([, keys, globals, files]) => ({ keys: words(keys), globals: words(globals), files: words(files) }));

// In the order of the bits of `valueKinds`.
const KINDS = [
  "isExternal", "isDate", "isArgumentsObject", "isBigIntObject", "isBooleanObject",
  "isNumberObject", "isStringObject", "isSymbolObject", "isNativeError", "isRegExp",
  "isAsyncFunction", "isGeneratorFunction", "isGeneratorObject", "isPromise", "isMap", "isSet",
  "isMapIterator", "isSetIterator", "isWeakMap", "isWeakSet", "isArrayBuffer", "isDataView",
  "isSharedArrayBuffer", "isProxy", "isModuleNamespaceObject", "isTypedArray", "isArrayBufferView",
  "isUint8Array",
];

// Makes values of the host values of the context's realm, as they are in V8.
const ADAPTER = `(function (raw, isArray, isBytes) {
  const inRealm = (value) => {
    if (isArray(value)) return Array.from({ length: value.length }, (_, i) => inRealm(value[i]));
    if (isBytes(value)) { const copy = new Uint8Array(value.length); for (let i = 0; i < value.length; i++) copy[i] = value[i]; return copy; }
    return value;
  };
  const { Error, TypeError, Uint8Array, Array } = globalThis;
  const apply = Reflect.apply, ErrorClass = { TypeError, Error };
  const host = {};
  for (const name of Object.keys(raw)) {
    const f = raw[name];
    host[name] = (...args) => {
      try { return inRealm(apply(f, undefined, args)); }
      catch (error) {
        if (error instanceof Error || !error.hostError) throw error;
        throw new ErrorClass[error.kind](error.message);
      }
    };
  }
  return { host, inRealm };
})`;

class HostError extends Error {
  hostError = true;
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

const URL_PARTS = [
  "href", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search",
  "hash", "origin",
];
// Arrays of the context may have a patched iterator.
// As the Rust side has it.
function cloneKind(value, plain) {
  if (types.isProxy(value) || typeof value === "function" || types.isPromise(value) ||
      types.isWeakMap(value) || types.isWeakSet(value) || types.isGeneratorObject(value)) {
    return 0;
  }
  if (Array.isArray(value)) return Object.keys(value).some((key) => !/^\d+$/.test(key)) ? 11 : 3;
  if (types.isMap(value)) return 4;
  if (types.isSet(value)) return 5;
  if (types.isArrayBuffer(value)) return 6;
  if (ArrayBuffer.isView(value)) return 7;
  if (types.isNativeError(value)) return 8;
  if (types.isStringObject(value)) return 9;
  if (types.isDate(value) || types.isRegExp(value) || types.isBoxedPrimitive(value)) return 1;
  return Object.getPrototypeOf(value) === plain ? Object.keys(value) : 10;
}

// What is found in well-formed forms; the real one is strict.
function multipartParse(view, boundary) {
  const text = Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("latin1");
  const utf8 = (latin1) => Buffer.from(latin1.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%22", '"'), "latin1").toString();
  if (!text.startsWith(`--${boundary}`)) return null;
  const parts = [];
  let offset = boundary.length + 4;
  for (const part of `\r\n${text}`.split(`\r\n--${boundary}`).slice(1, -1)) {
    const blank = part.indexOf("\r\n\r\n");
    const head = part.slice(0, blank + 2);
    const name = /name="(.*?)"/.exec(head)?.[1];
    if (blank < 0 || name === undefined) return null;
    const filename = /filename="(.*?)"/.exec(head)?.[1] ?? null;
    const type = /^content-type: (.*?)\r\n/im.exec(head)?.[1] ?? (filename === null ? "" : "text/plain");
    const length = part.length - blank - 4;
    parts.push(0, utf8(name), filename === null ? null : utf8(filename), type);
    if (length > 0) parts.push(1, offset + blank + 2, length);
    parts.push(3);
    offset += part.length + boundary.length + 4;
  }
  return parts;
}

// Tells everything when the end has come, as what came earlier.
class OpenForm {
  #bytes = new Uint8Array(0);
  #boundary;
  ended = false;

  constructor(boundary) {
    this.#boundary = boundary;
  }

  step(view) {
    const bytes = new Uint8Array(Buffer.concat([this.#bytes, view]));
    this.#bytes = bytes;
    if (!Buffer.from(bytes).toString("latin1").includes(`--${this.#boundary}--`)) return [];
    this.ended = true;
    const items = multipartParse(bytes, this.#boundary);
    const told = [];
    for (let i = 0; items !== null && i < items.length;) {
      const length = [4, 3, 2, 1][items[i]];
      if (items[i] === 1) told.push(2, bytes.slice(items[i + 1], items[i + 1] + items[i + 2]));
      else told.push(...items.slice(i, i + length));
      i += length;
    }
    return items && told;
  }
}

const ZLIB = {
  brotli: [zlib.brotliCompressSync, zlib.brotliDecompressSync],
  deflate: [zlib.deflateSync, zlib.inflateSync],
  "deflate-raw": [zlib.deflateRawSync, zlib.inflateRawSync],
  gzip: [zlib.gzipSync, zlib.gunzipSync],
};

// Gives nothing before all has come, and then small pieces. It takes a byte at a time, so that it
// knows where the compressed data ends.
class Coder {
  #input = [];
  #pieces = null;

  constructor(format, compresses) {
    this.compresses = compresses;
    this.run = ZLIB[format][compresses ? 0 : 1];
  }

  step(bytes, last) {
    let taken = 0;
    if (this.#pieces === null) {
      for (; taken < bytes.length && this.#pieces === null; taken++) {
        this.#input.push(bytes[taken]);
        if (!this.compresses) this.#tryAll();
      }
      if (this.compresses && last) this.#pieces = this.#cut(this.run(Buffer.from(this.#input)));
    }
    if (this.#pieces === null) {
      if (this.#input.length > 4 && this.#input.every((byte) => byte === 255)) throw new Error("corrupt");
      return [taken, 0, null];
    }
    const piece = this.#pieces.shift() ?? null;
    return [taken, this.#pieces.length === 0 ? 2 : 1, piece];
  }

  #tryAll() {
    try {
      this.#pieces = this.#cut(this.run(Buffer.from(this.#input)));
    } catch {}
  }

  #cut(bytes) {
    const pieces = [];
    for (let at = 0; at < bytes.length; at += 1000) pieces.push(new Uint8Array(bytes.subarray(at, at + 1000)));
    return pieces;
  }
}

const copyOf = (array) => Array.from({ length: array.length }, (_, i) => array[i]);

// What the host makes of headers for the bootstrap.
const textOf = (headers) =>
  headers.map((part, i) => `${i % 2 === 0 ? part.toLowerCase() : part}\n`).join("");

// A string is the Content-Type, without others.
const headersOf = (headers) =>
  headers === null ? [] : typeof headers === "string" ? ["content-type", headers] : copyOf(headers);

const urlParts = (url) => URL_PARTS.map((part) => url[part]);

export class Context {
  events = [];
  // Requests that need no endRequest.
  forgotten = [];
  logs = [];
  unhandled = [];
  timers = new Map();
  fetches = [];
  calls = [];
  // Bodies that scripts write, by their ids; reads of those that come from outside; those given up.
  bodies = new Map();
  reads = [];
  leasts = [];
  closed = [];
  // Those that were passed on, and broke off.
  broken = [];
  // How many leaves can be cloned before one cannot.
  clones = -1;
  // Responses with bodies that stream, which a cache is to keep.
  puts = [];
  clock = 0;
  // Whether the host runs no tasks.
  stopped = false;
  // Forms of which more may come.
  forms = new Map();
  // Compressors and decompressors that are open.
  coders = new Map();
  // Whether the host refuses timers and operations.
  refusing = false;
  #current = new AsyncLocalStorage();
  #decoders = new Map();
  #sealed = true;
  #nextRequest = 1;

  constructor({ nodejsCompat = false } = {}) {
    this.context = vm.createContext({ __proto__: null }, { microtaskMode: undefined });
    // Node gives a vm context a few things that bare V8 does not have.
    vm.runInContext("delete globalThis.console", this.context);
    const raw = this.#rawHost();
    for (const name of Object.keys(raw)) {
      const f = raw[name];
      raw[name] = (...args) => {
        if (this.#sealed) throw new Error(`host.${name} called while bootstrapping`);
        return f(...args);
      };
    }
    const adapter = vm.runInContext(ADAPTER, this.context);
    const { host, inRealm } = adapter(raw, Array.isArray, (value) => value instanceof Uint8Array);
    this.host = host;
    this.inRealm = inRealm;
    const internals = vm.runInContext("({ __proto__: null })", this.context);
    internals.host = host;
    for (const file of files) {
      const path = new URL(file, folder);
      const run = vm.runInContext(readFileSync(path, "utf8"), this.context, { filename: file });
      this.exports = run(internals);
    }
    this.internals = internals;
    this.#sealed = false;
    for (const name of parts.flatMap(({ globals }) => globals)) this.#defineLazily(name);
    const bindings = this.eval('[["KV", ["get", "put"]]]');
    this.exports.setup(vm.runInContext('({ NAME: "value" })', this.context), 1 << 20, bindings, nodejsCompat);
  }

  // As V8 does, but for who asks for the descriptor.
  #defineLazily(name) {
    const { context, exports } = this;
    const define = this.eval("Object.defineProperty");
    const hidden = (value) => this.eval("(value) => ({ __proto__: null, value, writable: true, configurable: true })")(value);
    define(context, name, {
      configurable: true,
      get() {
        const value = exports.loadGlobal(name);
        define(context, name, hidden(value));
        return value;
      },
      set: (value) => define(context, name, hidden(value)),
    });
  }

  // The exports of a built-in module.
  builtIn(name) {
    return this.exports.builtIn(name);
  }

  // Evaluates a classic script.
  eval(source) {
    return vm.runInContext(source, this.context, { filename: "guest.js" });
  }

  // Evaluates code inside of a request: an async function body.
  async inRequest(source) {
    const id = this.#nextRequest++;
    const f = this.eval(`(async () => { ${source} })`);
    const state = this.internals.requests.begin(id);
    try {
      return await this.#current.run(id, f);
    } finally {
      this.exports.endRequest(state.id);
    }
  }

  // Binds `export default <expression>`.
  module(expression) {
    return this.exports.bindModule(this.eval(`(${expression})`), this.eval("({ __proto__: null })"));
  }

  run(id, callback) {
    return this.#current.run(id, callback);
  }

  // Dispatches a request and waits for the microtasks. Returns its id.
  async fetch({ method = "GET", url = "http://x.test/", headers = [], body = null } = {}) {
    const id = this.#nextRequest++;
    const bytes = body === null ? null : this.inRealm(new TextEncoder().encode(body));
    this.run(id, () => this.exports.dispatchFetch(id, method, url, textOf(headers), bytes));
    await this.settled();
    return id;
  }

  async scheduled(cron, time) {
    const id = this.#nextRequest++;
    this.run(id, () => this.exports.dispatchScheduled(id, cron, time));
    await this.settled();
    return id;
  }

  async task(taskId, payload, attempt) {
    const id = this.#nextRequest++;
    this.run(id, () => this.exports.dispatchTask(id, taskId, payload, attempt));
    await this.settled();
    return id;
  }

  // Binds the exports of a module: `exports` is an object expression.
  exportsOf(exports) {
    const namespace = this.eval(`({ __proto__: null, ...${exports} })`);
    return this.exports.bindModule(namespace.default, namespace);
  }

  // Calls an exported function. Returns the id of the request, or undefined
  // if there is no such function.
  async call(name, ...args) {
    const id = this.#nextRequest++;
    const found = this.run(id, () => this.exports.dispatchCall(id, name, JSON.stringify(args)));
    await this.settled();
    return found ? id : undefined;
  }

  settled() {
    return new Promise((resolve) => setImmediate(resolve));
  }

  // Lets time pass: fires what is due, in order.
  async advance(milliseconds) {
    const end = this.clock + milliseconds;
    for (;;) {
      const due = [...this.timers].sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0];
      if (due === undefined || due[1].at > end) break;
      this.clock = due[1].at;
      this.timers.delete(due[0]);
      this.run(due[1].request, () => this.exports.fireTimer(due[0]));
      await this.settled();
    }
    this.clock = end;
  }

  // Ends a request as the host does, with the timers that it leaves.
  async end(id) {
    for (const [timer, { request }] of [...this.timers]) {
      if (request === id) this.timers.delete(timer);
    }
    const reason = this.run(id, () => this.exports.endRequest(id, true));
    await this.settled();
    return reason;
  }

  // Completes the operation that a fetch started; a number is a body that the host has.
  async settleFetch(op, { error = null, status = 200, statusText = "OK", headers = [], body = null, url = op.url, redirected = false, coded = false } = {}) {
    const bytes = typeof body === "string" ? this.inRealm(new TextEncoder().encode(body)) : body;
    this.run(op.request, () => this.exports.settleFetch(op.id, error, status, statusText, textOf(headers), bytes, url, redirected, coded));
    await this.settled();
  }

  // Answers a call of a binding.
  async settleBinding(op, { error = null, json = null, bytes = null } = {}) {
    this.run(op.request, () => this.exports.settleBinding(op.id, error, json, this.inRealm(bytes)));
    await this.settled();
  }

  // The one event of this kind of a request.
  event(id, kind) {
    return this.events.find((event) => event.id === id && event.kind === kind);
  }

  #rawHost() {
    const event = (kind, id, rest) => this.events.push({ kind, id, ...rest });
    const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const decoderFor = (label, fatal, ignoreBOM) => new TextDecoder(label, { fatal, ignoreBOM });
    const decoding = (f) => {
      try {
        return f();
      } catch {
        throw new HostError("TypeError", "The encoded data was not valid");
      }
    };
    return {
      log: (level, message) => this.logs.push({ level, message }),
      now: () => this.clock,
      timeOrigin: () => 0,
      currentRequest: () => {
        const frame = this.#current.getStore();
        return typeof frame === "object" ? frame[0] : frame ?? 0;
      },
      frame: () => this.#current.getStore(),
      setFrame: (frame) => this.#current.enterWith(frame),
      respond: (id, status, statusText, headers, body, ending) => {
        event("respond", id, {
          status, statusText, headers: headersOf(headers),
          body: typeof body === "object" && body !== null ? Buffer.from(body).toString("latin1") : body,
        });
        if (ending > 0) event("done", id);
        if (ending === 2) this.forgotten.push(id);
      },
      bodyFailed: (id, error) => event("bodyFailed", id, { error }),
      // Bodies that scripts write: what was written, for ever with room.
      bodyOpen: () => {
        const body = this.bodies.size + 1;
        this.bodies.set(body, { chunks: [], ended: false });
        return body;
      },
      bodyWrite: (request, body, bytes) => {
        this.bodies.get(body).chunks.push(Buffer.from(bytes).toString("latin1"));
        return 1;
      },
      bodyEnd: (request, body, error) => {
        Object.assign(this.bodies.get(body), { ended: true, error });
      },
      bodyRead: (request, id, body, all, least) => {
        this.reads.push({ request, id, body, all });
        this.leasts.push(least);
      },
      bodyClose: (body) => this.closed.push(body),
      bodyBreakable: (request, body) => body + 1000,
      bodyBreak: (request, id) => this.broken.push(id - 1000),
      fail: (id, error, shown) => event("fail", id, { error, shown }),
      complete: (id, json) => event("complete", id, { json }),
      waitUntilDone: (id, forgotten) => {
        event("done", id);
        if (forgotten) this.forgotten.push(id);
      },
      waitUntilRejected: (id, error) => event("rejected", id, { error }),
      timerStart: (request, id, delay) => {
        if (this.refusing) throw new HostError("TypeError", "too many timers");
        const at = this.clock + Math.max(delay, 0);
        if (request !== 0) this.timers.set(id, { request, at, delay });
        return at;
      },
      timerCancel: (request, id) => this.timers.delete(id),
      fetchStart: (request, id, method, url, headers, body, redirect, once) => {
        if (this.refusing) throw new HostError("TypeError", "too many operations");
        this.fetches.push({ request, id, method, url, headers: copyOf(headers), body, redirect, once });
      },
      bindingStart: (request, id, binding, method, args) => {
        if (this.refusing) throw new HostError("TypeError", "too many operations");
        this.calls.push({ request, id, binding, method, args: copyOf(args) });
      },
      opCancel: (request, id) => event("cancel", request, { op: id }),
      builtInCompile: (name) => {
        const file = builtIns.get(name);
        if (file === undefined) return undefined;
        const url = new URL(`node/${file}`, folder);
        return vm.compileFunction(readFileSync(url, "utf8"), PARAMETERS, { parsingContext: this.context, filename: `node:${name}` });
      },
      builtInFind: (specifier) => {
        const name = specifier.replace(/^node:/, "");
        return builtIns.has(name) && !name.startsWith("internal/") ? name : undefined;
      },
      builtInKeep: () => undefined,
      partOf: (name, isGlobal) => parts.findIndex((part) => part[isGlobal ? "globals" : "keys"].includes(name)),
      partCompile: (part, n) => {
        const file = parts[part].files[n];
        if (file === undefined) return undefined;
        return vm.runInContext(readFileSync(new URL(file, folder), "utf8"), this.context, { filename: file });
      },
      partKeep: () => undefined,
      valueKinds: (value) => KINDS.reduce((bits, name, bit) => bits | (types[name](value) ? 1 << bit : 0), 0),
      // Node does not tell what it was fulfilled with.
      promiseParts: (promise) => {
        const text = inspect(promise);
        return [text.includes("<pending>") ? 0 : text.includes("<rejected>") ? 2 : 1, undefined];
      },
      // What is well-formed: the real one reads what browsers do.
      dataUrl: (url) => {
        const [, type, base64, data] = /^data:([^,]*?)(;base64)?,([^#]*)/.exec(url) ?? [];
        if (data === undefined) return null;
        return [type || "text/plain;charset=US-ASCII", new Uint8Array(Buffer.from(decodeURIComponent(data), base64 ? "base64" : "utf8"))];
      },
      wasmRead: () => undefined,
      wasmTagBegins: () => 0,
      wasmTagEnds: () => undefined,
      urlEnds: (href) => {
        if (!URL.canParse(href)) return 0;
        const url = new URL(href);
        const isPlain = /^https?:$/.test(url.protocol) && url.username + url.password === "" && href.length < 8192;
        if (url.href !== href || !isPlain) return 0;
        const host = url.origin.length;
        const hostname = url.protocol.length + 2 + url.hostname.length;
        const path = host + url.pathname.length;
        const hash = href.indexOf("#");
        const search = hash === -1 ? href.length : hash;
        return [hostname, host, path, search].reduce((packed, end) => packed * 8192 + end, 0);
      },
      urlParse: (href, base) => {
        try {
          return urlParts(new URL(href, base));
        } catch {
          return null;
        }
      },
      urlSet: (href, part, value) => {
        const url = new URL(href);
        try {
          url[part] = value;
        } catch {
          return null;
        }
        return urlParts(url);
      },
      utf8Length: (string) => Buffer.byteLength(string),
      encodeUtf8: (string) => new TextEncoder().encode(string),
      encodeInto: (string, view) => {
        const { read, written } = new TextEncoder().encodeInto(string, bytesOf(view));
        return read * 2 ** 24 + written;
      },
      decodeUtf8: (bytes, fatal, ignoreBOM) =>
        decoding(() => decoderFor("utf-8", fatal, ignoreBOM).decode(bytesOf(bytes))),
      base64Decode: (string) => {
        try {
          return atob(string);
        } catch {
          return null;
        }
      },
      base64Encode: (string) => {
        try {
          return btoa(string);
        } catch {
          return null;
        }
      },
      base64Cut: (string, start) => (start + (1 << 18) < string.length ? start + (1 << 18) : string.length),
      decode: (label, bytes, fatal, ignoreBOM) =>
        decoding(() => decoderFor(label, fatal, ignoreBOM).decode(bytesOf(bytes))),
      decoderNew: (label, fatal, ignoreBOM) => {
        const handle = this.#decoders.size + 1;
        this.#decoders.set(handle, decoderFor(label, fatal, ignoreBOM));
        return handle;
      },
      decoderPush: (handle, bytes, flush) =>
        decoding(() => this.#decoders.get(handle).decode(bytesOf(bytes), { stream: !flush })),
      coderNew: (format, compresses) => {
        const handle = this.coders.size + 1;
        this.coders.set(handle, new Coder(format, compresses));
        return handle;
      },
      coderStep: (handle, bytes, last) => {
        const coder = this.coders.get(handle);
        try {
          return coder.step(bytesOf(bytes), last);
        } catch {
          throw new HostError("TypeError", "the compressed data is not valid");
        }
      },
      coderClose: (handle) => this.coders.delete(handle),
      decoderNormalize: (label) => {
        try {
          return new TextDecoder(label).encoding;
        } catch {
          return null;
        }
      },
      ...bufferHost(),
      ...cacheHost(this.puts),
      ...cryptoHost(),
      randomFill: (bytes) => {
        randomFillSync(bytes);
      },
      namedKeys: (object, hidden) =>
        (hidden ? Object.getOwnPropertyNames(object) : Object.keys(object)).filter((key) => !/^(0|[1-9]\d*)$/.test(key) || Number(key) > 2 ** 32 - 2),
      fieldKeys: (object, most, hidden) => {
        const indexed = Array.isArray(object) || types.isTypedArray(object) || types.isStringObject(object);
        if (indexed && object.length > most) return null;
        const names = hidden ? Object.getOwnPropertyNames(object) : Object.keys(object);
        return names.map((key) => (/^(0|[1-9]\d{0,8})$/.test(key) ? Number(key) : key));
      },
      // Node does not tell: an empty object stands for it.
      proxyTarget: (value) => (types.isProxy(value) ? {} : undefined),
      proxyHandler: () => ({}),
      // Nor what is left of an iterator.
      previewEntries: () => [[], false],
      jsonIsDeep: (text, most) => {
        let depth = 0;
        for (const [token] of text.matchAll(/[[\]{}]|"(?:[^"\\]|\\.)*"/gs)) {
          depth += token === "[" || token === "{" ? 1 : token === "]" || token === "}" ? -1 : 0;
          if (depth > most) return true;
        }
        return false;
      },
      multipartEnd: (handle) => this.forms.get(handle).ended,
      multipartNew: (boundary) => this.forms.set(this.forms.size, new OpenForm(boundary)).size - 1,
      multipartParse,
      multipartStep: (handle, bytes) => this.forms.get(handle).step(bytes),
      cloneKind,
      isPlain: () => true,
      cloneLeaf: (value) => {
        if (this.clones-- === 0) throw new HostError("TypeError", "no memory");
        return structuredClone(value);
      },
      // Node cannot have two with one memory.
      bufferTwin: (buffer) => (buffer.detached ? null : structuredClone(buffer)),
      bufferIsSame: (buffer, twin) => !buffer.detached && buffer.byteLength === twin.byteLength,
      bufferDetach: (buffer) => void structuredClone(buffer, { transfer: [buffer] }),
      // Those that are left to others wait for them.
      taskAdd: (request) => request !== 0 && !this.stopped && setImmediate(() => this.run(request, () => this.exports.runTask(request))),
      reportUnhandled: (error) => this.unhandled.push(error),
      thrownAt: (error) => {
        const [, line, column] = /guest\.js:(\d+):(\d+)/.exec(error?.stack ?? "") ?? [0, 0, 0];
        return [`Uncaught ${String(error)}`, line === 0 ? "" : "guest.js", Number(line), Number(column)];
      },
    };
  }
}
