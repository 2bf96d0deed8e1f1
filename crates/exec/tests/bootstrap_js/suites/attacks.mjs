// Guest code that patches built-ins or looks for the internals.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { types } from "node:util";
import { Context, parts } from "../harness.mjs";

// A handler that uses most of the API and answers with what came out.
const TOUR = `{ async fetch(request, env, ctx) {
  const out = [];
  const h = new Headers({ b: "1", a: "2" });
  h.append("a", "3"); h.set("c", "4"); h.delete("b");
  out[out.length] = h.get("a");
  const u = new URL("http://h/p?x=1");
  u.searchParams.append("y", "z w");
  out[out.length] = u.href;
  const t = new EventTarget(); let n = 0;
  t.addEventListener("x", () => { n++ }); t.dispatchEvent(new Event("x"));
  out[out.length] = n;
  const c = new AbortController(); const s = AbortSignal.any({ [it]() { let done = false; return { next() { const r = { value: c.signal, done }; done = true; return r } } } });
  c.abort(); out[out.length] = s.reason.name;
  out[out.length] = atob(btoa("abc"));
  out[out.length] = new TextDecoder().decode(new TextEncoder().encode("hä"));
  out[out.length] = crypto.randomUUID().length;
  console.log("%s", { a: [1, new Map()] }, new Error("x"));
  const copy = new Response("body", { status: 201 }).clone();
  out[out.length] = copy.status;
  out[out.length] = await copy.text();
  out[out.length] = await request.text();
  const channel = new Channel(); const moved = new Channel().port1;
  channel.port2.postMessage({ x: 1 }, { [it]() { let n = 0; return { next() { return { value: moved, done: n++ === 1 } } } } });
  await new Timer((resolve) => { channel.port1.onmessage = (e) => { out[out.length] = e.data.x + e.ports.length; resolve() } });
  await new Timer((resolve) => setTimeout(resolve, 1));
  const r = await fetch("http://up/", { method: "POST", body: "q" });
  out[out.length] = await r.text();
  ctx.waitUntil(r);
  const source = new Readable({ start(c) { c.enqueue(1); c.enqueue(2); c.close() } });
  const halves = source.pipeThrough(new Transform({ transform(x, c) { c.enqueue(x + 1) } })).tee();
  let sum = 0; for await (const x of halves[0]) sum += x;
  await halves[1].pipeTo(new Writable({ write(x) { sum += x } }, { highWaterMark: 2 }));
  const view = new Bytes(4); view[0] = 7;
  const byob = new Readable({ type: "bytes", start(c) { c.enqueue(view) } }).getReader({ mode: "byob" });
  sum += (await byob.read(new Bytes(2))).value[0]; byob.releaseLock();
  const form = new Form(); form.append("a", new Bytestring({ [it]() { let n = 0; return { next() { return { value: "b", done: n++ === 1 } } } } })); form.append("c", "d");
  const back = await new Response(form).formData();
  const body = new Readable({ start(c) { c.enqueue(new Bytes(3)); c.enqueue(new Bytes(2)); c.close() } });
  sum += (await (await new Response(body).blob()).slice(1).arrayBuffer()).byteLength + (await back.get("a").text()).length;
  out[out.length] = sum;
  let text = ""; for (let i = 0; i < out.length; i++) text += out[i] + ";";
  return new Response(text);
} }`;
const EXPECTED = "2, 3;http://h/p?x=1&y=z+w;1;AbortError;abc;hä;36;201;body;in;2;up;22;";

// What attacks make use of.
export const PREPARATION = "globalThis.it = Symbol.iterator; globalThis.Timer = Promise; globalThis.Bytes = Uint8Array; globalThis.seen = []; const define = Object.defineProperty; globalThis.spy = (...values) => { for (let i = 0; i < values.length; i++) define(seen, seen.length, { __proto__: null, value: values[i] }) };";

async function tour(attack) {
  const context = new Context();
  context.eval(PREPARATION);
  context.eval("globalThis.Bytestring = Blob; globalThis.Form = FormData; globalThis.Readable = ReadableStream; globalThis.Writable = WritableStream; globalThis.Transform = TransformStream; globalThis.Channel = MessageChannel;");
  const mask = context.module(TOUR);
  context.eval(attack);
  assert.equal(mask, 1);
  const id = await context.fetch({ method: "POST", headers: ["a", "b"], body: "in" });
  await context.settled();
  await context.advance(1);
  assert.equal(context.fetches.length, 1, `${attack}: ${context.event(id, "fail")?.error?.stack}`);
  await context.settleFetch(context.fetches[0], { body: "up", headers: ["a", "b"] });
  return { context, id };
}

// Whatever the guest got hold of must not lead to the internals.
export function assertNoLeak(context, roots, label) {
  const { host, exports, internals } = context;
  const forbidden = new Set([host, exports, internals, internals.webidl.constructToken]);
  for (const value of [host, exports].flatMap(Object.values)) forbidden.add(value);
  for (const [key, value] of Object.entries(internals)) if (typeof value === "object" && key !== "subtle") forbidden.add(value);
  const queue = Array.from({ length: roots.length }, (_, i) => roots[i]).map((value) => [value, label]);
  const visited = new Set();
  while (queue.length > 0) {
    const [value, path] = queue.pop();
    assert.ok(!forbidden.has(value), `leak: ${path}`);
    if ((typeof value !== "object" && typeof value !== "function") || value === null || visited.has(value)) continue;
    visited.add(value);
    queue.push([Object.getPrototypeOf(value), `${path}.__proto__`]);
    for (const key of Reflect.ownKeys(value)) {
      const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
      const name = `${path}.${String(key)}`;
      queue.push([descriptor.get, `get ${name}`], [descriptor.set, `set ${name}`], [descriptor.value, name]);
      if (descriptor.get) {
        try {
          const got = value[key];
          queue.push([got, name]);
          if (types.isPromise(got)) got.catch(() => {});
        } catch {
          // Accessor of another class.
        }
      }
    }
  }
  return visited.size;
}

// [what it is, code]
export const ATTACKS = [
  ["nothing", ""],
  ["array iteration", "Array.prototype[Symbol.iterator] = function () { spy(this); throw 1 }"],
  ["array methods", "for (const k of Object.getOwnPropertyNames(Array.prototype)) if (k !== 'constructor' && typeof Array.prototype[k] === 'function') Array.prototype[k] = function (...a) { spy(this, a); throw k }"],
  ["array species", "Array.prototype.constructor = { [Symbol.species]: function () { spy(this); throw 1 } }"],
  ["string methods", "for (const k of Object.getOwnPropertyNames(String.prototype)) if (!['constructor', 'toString', 'valueOf', 'length'].includes(k)) String.prototype[k] = () => { throw k }"],
  ["regexp methods", "RegExp.prototype.exec = RegExp.prototype.test = RegExp.prototype[Symbol.replace] = () => { throw 1 }"],
  ["Map and Set", "for (const C of [Map, Set, WeakMap]) for (const k of Object.getOwnPropertyNames(C.prototype)) if (k !== 'constructor') Object.defineProperty(C.prototype, k, { value(...a) { spy(this, a); throw k } })"],
  ["Function.prototype", "for (const k of ['call', 'apply', 'bind']) Function.prototype[k] = function (...a) { spy(this, a); throw k }"],
  ["Reflect, Object and JSON", "const { getOwnPropertyNames } = Object; for (const o of [Reflect, Object, JSON, Math, Number]) for (const k of getOwnPropertyNames(o)) if (typeof o[k] === 'function') try { o[k] = function (...a) { spy(this, a); throw k } } catch {}"],
  ["promise then", "const then = Promise.prototype.then; Promise.prototype.then = function (...a) { spy(this, a); return Reflect.apply(then, this, a) }; Promise.resolve = () => { throw 1 }"],
  ["promise constructor", "Object.defineProperty(Promise.prototype, 'constructor', { get() { spy(this); return Timer } })"],
  ["typed arrays", "for (const C of [Uint8Array, Object.getPrototypeOf(Uint8Array)]) for (const k of Object.getOwnPropertyNames(C.prototype)) if (!['constructor', 'length', 'buffer', 'byteLength', 'byteOffset'].includes(k)) try { Object.defineProperty(C.prototype, k, { value() { spy(this); throw k } }) } catch {}"],
  ["setters on Object.prototype", "for (const k of ['id', 'state', 'timers', 'ops', 'pending', 'finished', 'done', 'signal', 'callback', 'next', 'head', 'handler', 'reason', 'sources', 'algorithms', 'resolve', 'reject', 'onAbort', 'value', 'get', 'set', 'source', 'used', 'type', 'shared', 'stream', 'open', 'answer', 'stream', 'reader', 'writer', 'controller', 'closed', 'requests', 'queue', 'size', 'total', 'promise', 'chunk', 'done', 'sink', 'started', 'first', 'second', 'view', 'buffer', 'items', 'length', 'tasks', 'channels', 'other', 'owner', 'enabled', 'data', 'ports', 'ref']) define(Object.prototype, k, { __proto__: null, set(v) { spy(this, v) }, configurable: true })"],
  ["index setters", "for (const p of [Array.prototype, Object.prototype]) for (let i = 0; i < 4; i++) Object.defineProperty(p, i, { set(v) { spy(this, v); Object.defineProperty(this, i, { value: v, writable: true, configurable: true, enumerable: true }) }, configurable: true })"],
  ["poisoned globals", "for (const k of Object.getOwnPropertyNames(globalThis)) if (!['globalThis', 'undefined', 'NaN', 'Infinity', 'it', 'Timer', 'Bytes', 'Bytestring', 'Form', 'Readable', 'Writable', 'Transform', 'Channel', 'seen', 'spy', 'Headers', 'URL', 'EventTarget', 'Event', 'AbortController', 'AbortSignal', 'atob', 'btoa', 'TextDecoder', 'TextEncoder', 'crypto', 'console', 'Response', 'setTimeout', 'fetch', 'Map', 'Error'].includes(k)) define(globalThis, k, { get() { throw new Timer(() => {}) } })"],
  ["classes", "const names = ['Request', 'Event', 'EventTarget', 'DOMException', 'URLSearchParams']; for (const k of names) globalThis['Old' + k] = globalThis[k]; for (const k of ['DOMException', 'URLSearchParams', 'Request']) globalThis[k] = function (...a) { spy(this, a) }"],
  ["prepareStackTrace", "Error.prepareStackTrace = (error, sites) => { for (let i = 0; i < sites.length; i++) spy(sites[i], sites[i].getThis(), sites[i].getFunction()); return 'stack' }; Error.stackTraceLimit = 100"],
  ["then on Object.prototype", "Object.defineProperty(Object.prototype, 'then', { get() { spy(this); return undefined }, configurable: true })"],
];

for (const [label, attack] of ATTACKS) {
  test(`attack: ${label}`, async () => {
    const { context, id } = await tour(attack);
    const { error } = context.event(id, "fail") ?? {};
    assert.equal(context.event(id, "respond")?.body, EXPECTED, `${error?.stack ?? error}`);
    assertNoLeak(context, context.eval("seen"), "seen");
  });
}

// The files of a part are evaluated after guest code has run.
for (const [label, attack] of ATTACKS) {
  test(`attack before a part is evaluated: ${label}`, () => {
    for (const { keys, globals } of parts) {
      const context = new Context();
      context.eval(PREPARATION);
      context.eval(attack);
      for (const key of keys) assert.notEqual(context.internals[key], undefined, key);
      for (const name of globals) assert.notEqual(context.exports.loadGlobal(name), undefined, name);
      assertNoLeak(context, context.eval("seen"), "seen");
    }
  });
}

test("the table of parts says what their files define", () => {
  for (const { keys, globals, files } of parts) {
    const context = new Context();
    const own = (object) => new Set(Reflect.ownKeys(object));
    const [internals, names] = [own(context.internals), own(context.internals.globals)];
    const others = new Set(parts.flatMap((part) => (part.files === files ? [] : [...part.keys, ...part.globals])));
    if (keys.length > 0) context.internals[keys[0]];
    else context.exports.loadGlobal(globals[0]);
    const defined = (object, before) => [...own(object)].filter((key) => !before.has(key) && !others.has(key)).sort();
    assert.deepEqual(defined(context.internals, internals), keys);
    assert.deepEqual(defined(context.internals.globals, names), globals);
  }
});

test("a small worker needs no part", async () => {
  const context = new Context();
  context.module("{ fetch(request) { return new Response(request.url + request.headers.get('a'), { headers: { b: 'c' } }) } }");
  const id = await context.fetch({ headers: ["a", "b"] });
  assert.equal(context.event(id, "respond").body, "http://x.test/b");
  const loaded = parts.flatMap(({ keys }) => keys).filter((key) => Object.hasOwn(context.internals, key));
  assert.deepEqual(loaded, []);
});

test("a part whose evaluation was cut off is evaluated again", () => {
  const context = new Context();
  const lines = context.eval(`
    const deep = (n) => { try { return deep(n + 1) } catch { try { return String(new ReadableStream()) } catch (error) { return error.name } } };
    const lines = []; for (let i = 0; i < 20; i++) lines.push(deep(0)); lines.push(String(new ReadableStream()), String(new TransformStream().readable)); lines`);
  const allowed = ["RangeError", "[object ReadableStream]"];
  for (const line of lines) assert.ok(allowed.includes(line), line);
  assert.deepEqual([...lines].slice(-2), ["[object ReadableStream]", "[object ReadableStream]"]);
});

test("nothing reachable from the global scope leads to the internals", async () => {
  const { context } = await tour("");
  const roots = await context.inRequest(`
    const list = [globalThis, new Headers(), new Headers().entries(), new URL("http://a").searchParams, new URLSearchParams().keys(), new Response("a"), new Response("a").body,
      new Request("http://a"), new Request("http://a").signal, new AbortController(), new Event("x"), new DOMException(), new TextDecoder(), crypto, performance, navigator, console, new EventTarget(), new ReadableStream(), new ReadableStream().getReader(), new ReadableStream().values(), new ReadableStream({ type: 'bytes' }).getReader({ mode: 'byob' }), new WritableStream().getWriter(), new TransformStream(), new Blob(['x']), new Blob(['x']).stream(), new File([], 'f'), new FormData(), new FormData().entries(), new Response('a').body, new CountQueuingStrategy({ highWaterMark: 1 }), new MessageChannel(), new MessageChannel().port1, new BroadcastChannel('x'), new MessageEvent('x').ports];
    { const c = new MessageChannel(); c.port2.postMessage(1, [new MessageChannel().port1]); list.push(await new Promise((r) => { c.port1.onmessage = r })) }
    new ReadableStream({ start(c) { list.push(c) } }); new WritableStream({ start(c) { list.push(c, c.signal) } }); new TransformStream({ start(c) { list.push(c) } });
    const bytes = new ReadableStream({ type: 'bytes', autoAllocateChunkSize: 4, pull(c) { list.push(c, c.byobRequest, c.byobRequest.view); c.close(); c.byobRequest.respond(0) } }); list.push(await bytes.getReader().read());
    for (const f of [() => new URL("x"), () => new AbortSignal(), () => setTimeout("x"), () => Headers.prototype.get.call(1, "a")]) try { f() } catch (e) { list.push(e, e.stack) }
    return list;`);
  context.module("{ fetch(...args) { globalThis.args = args; throw new Error('x') } }");
  await context.fetch();
  const size = assertNoLeak(context, [...roots, ...context.eval("args")], "global");
  assert.ok(size > 500, `only ${size} objects`);
});

test("constructors that scripts may not use", () => {
  const context = new Context();
  context.module("{ fetch(request, env, ctx) { globalThis.ctx = ctx; throw 1 } }");
  context.run(1, () => context.exports.dispatchFetch(1, "GET", "http://h/", "", null));
  assert.equal(context.eval("try { new ctx.constructor({}) } catch (e) { e.message }"), "Illegal constructor");
  for (const name of ["ReadableStreamDefaultController", "ReadableByteStreamController", "ReadableStreamBYOBRequest", "WritableStreamDefaultController", "TransformStreamDefaultController"]) {
    assert.equal(context.eval(`try { new ${name}({}) } catch (e) { e.message }`), "Illegal constructor");
  }
});

test("no file uses a global by its name at run time", () => {
  // Every built-in used in a file is taken from the primordials.
  const folder = new URL("../../../src/bootstrap/", import.meta.url);
  const builtins = Object.getOwnPropertyNames(globalThis).filter((name) => !["undefined", "NaN", "Infinity"].includes(name));
  const atBootstrap = readFileSync(new URL("files.txt", folder), "utf8").trim().split("\n");
  const ofParts = parts.flatMap(({ files }) => files);
  for (const file of [...atBootstrap, ...ofParts]) {
    if (file === "internal/primordials.js") continue;
    const code = readFileSync(new URL(file, folder), "utf8").replace(/\/\/.*$/gm, "").replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
    for (const name of builtins) {
      // At bootstrap time Object may be used as it is.
      const atRunTime = ofParts.includes(file) ? code : code.replace(/\bObject\.(keys|getOwnPropertyDescriptor)\(/g, "");
      const used = new RegExp(`(?<![.\\w$#{])\\b${name}\\b\\s*[.(]|\\bnew ${name}\\b`).test(atRunTime.replace('Symbol("")', ""));
      const declared = new RegExp(`[{,]\\s*${name}\\s*[,}]|(class|function|const|let) ${name}\\b|${name}\\(.*\\) \\{|: ${name}\\b`).test(code);
      assert.ok(!used || declared, `${file} uses the global ${name}`);
    }
  }
});
