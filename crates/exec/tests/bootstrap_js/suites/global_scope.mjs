// The global object as an event target, and the events for what nobody catches. That of a vm context shows what it
// inherits as its own: tests/it/web/global_scope.js looks at the real one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../harness.mjs";
import { table, throws } from "../tables.mjs";

const TYPE_ERROR = throws("TypeError");

table("operations of the global scope are no constructors", [
  ["['atob', 'btoa', 'clearInterval', 'clearTimeout', 'fetch', 'queueMicrotask', 'reportError', 'setInterval', 'setTimeout', 'structuredClone'].filter((name) => self[name].name !== name || 'prototype' in self[name])", []],
  ["new queueMicrotask(() => {})", TYPE_ERROR],
]);

table("the global scope is an event target", [
  ["[self === globalThis, self instanceof WorkerGlobalScope, self instanceof EventTarget, Object.getPrototypeOf(self) === WorkerGlobalScope.prototype, addEventListener === EventTarget.prototype.addEventListener]", [true, true, true, true, true]],
  ["new WorkerGlobalScope()", TYPE_ERROR],
  ["Reflect.set(WorkerGlobalScope.prototype, 'onerror', null, {})", TYPE_ERROR],
  ["const r = []; const f = (e) => r.push(e.target === self, e.currentTarget === self); EventTarget.prototype.addEventListener.call(null, 'x', f); self.dispatchEvent(new Event('x')); removeEventListener('x', f); EventTarget.prototype.dispatchEvent.call(undefined, new Event('x')); return r", [true, true]],
  ["EventTarget.prototype.dispatchEvent.call({}, new Event('x'))", TYPE_ERROR],
  ["const e = new Event('x'); const d = Object.getOwnPropertyDescriptor(e, 'isTrusted'); return [d.configurable, d.enumerable, d.set ?? null, d.get === Object.getOwnPropertyDescriptor(new CustomEvent('y'), 'isTrusted').get, 'isTrusted' in Event.prototype, e.isTrusted]", [false, true, null, true, false, false]],
  ["new PromiseRejectionEvent('x', {})", TYPE_ERROR],
]);

table("event handler attributes of the global scope", [
  ["[onerror, onunhandledrejection, onrejectionhandled]", [null, null, null]],
  ["const r = []; onerror = function (...args) { r.push(args.length, args[0], args[1], args[2], args[3], args[4], this === self); return true }; const e = new ErrorEvent('error', { cancelable: true, message: 'm', filename: 'f', lineno: 1, colno: 2, error: 3 }); const kept = dispatchEvent(e); onerror = null; return [kept, r]", [false, [5, "m", "f", 1, 2, 3, true]]],
  ["onerror = () => false; const kept = dispatchEvent(new ErrorEvent('error', { cancelable: true })); onerror = null; return kept", true],
  ["const r = []; onerror = (...args) => { r.push(args.length, args[0].type); return false }; const kept = dispatchEvent(new Event('error', { cancelable: true })); onerror = null; return [kept, r]", [false, [1, "error"]]],
  ["const r = []; const t = new AbortController().signal; t.onabort = { handleEvent() { r.push(1) } }; t.dispatchEvent(new Event('abort')); return r", []],
]);

test("error events have the place, and keep what is prevented out of the log", async () => {
  const context = new Context();
  context.module(`{ async fetch() {
    const seen = [];
    const f = (event) => { seen.push([event instanceof ErrorEvent, event.isTrusted, event.message, event.filename, event.lineno > 0, event.colno > 0, event.error?.message ?? event.error]); if (event.error !== 2) event.preventDefault() };
    addEventListener("error", f);
    reportError(new TypeError("a"));
    reportError(2);
    queueMicrotask(() => { throw new Error("b") });
    setTimeout(() => { throw new Error("c") });
    const t = new EventTarget(); t.addEventListener("x", () => { throw new Error("d") }); t.dispatchEvent(new Event("x"));
    await new Promise((resolve) => setTimeout(resolve, 1));
    removeEventListener("error", f);
    reportError(3);
    return Response.json(seen);
  } }`);
  const id = await context.fetch();
  await context.advance(5);
  const place = ["guest.js", true, true];
  assert.deepEqual(JSON.parse(context.event(id, "respond").body), [
    [true, true, "Uncaught TypeError: a", ...place, "a"],
    [true, true, "Uncaught 2", "", false, false, 2],
    [true, true, "Uncaught Error: d", ...place, "d"],
    [true, true, "Uncaught Error: b", ...place, "b"],
    [true, true, "Uncaught Error: c", ...place, "c"],
  ]);
  assert.deepEqual(context.unhandled, [2, 3]);
});

test("a listener of error events that throws does not loop", async () => {
  const context = new Context();
  context.eval("globalThis.n = 0; onerror = () => { n++; throw 'inner' }; addEventListener('error', () => { reportError('nested'); throw 'second' })");
  await context.inRequest("reportError('outer')");
  assert.equal(context.eval("n"), 1);
  assert.deepEqual(context.unhandled, ["inner", "nested", "second", "outer"]);
  await context.inRequest("reportError('again')");
  assert.equal(context.eval("n"), 2);
});

test("rejection events", async () => {
  const context = new Context();
  const { unhandledRejection, rejectionHandled } = context.exports;
  const promise = context.eval("globalThis.p = Promise.resolve()");
  assert.equal(unhandledRejection(promise, 1), false);
  context.eval(`globalThis.seen = [];
    onunhandledrejection = (e) => { seen.push(e.type, e.promise === p, e.reason, e.cancelable, e.isTrusted) };
    addEventListener("rejectionhandled", (e) => seen.push(e.type, e.promise === p, e.reason, e.cancelable));`);
  assert.equal(unhandledRejection(promise, 1), false);
  context.eval("onunhandledrejection = (e) => e.preventDefault()");
  assert.equal(unhandledRejection(promise, 1), true);
  context.eval("onunhandledrejection = () => false");
  assert.equal(unhandledRejection(promise, 1), true);
  rejectionHandled(promise, 2);
  assert.equal(context.eval("JSON.stringify(seen)"), '["unhandledrejection",true,1,true,true,"rejectionhandled",true,2,false]');
});
