import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Context } from "../harness.mjs";
import { table, throws } from "../tables.mjs";

const TYPE_ERROR = throws("TypeError");

table("Event", [
  ["const e = new Event('x'); return [e.type, e.bubbles, e.cancelable, e.composed, e.defaultPrevented, e.target, e.currentTarget, e.eventPhase, e.isTrusted, typeof e.timeStamp]", ["x", false, false, false, false, null, null, 0, false, "number"]],
  ["const e = new Event('x', { bubbles: 1, cancelable: true, composed: true }); e.preventDefault(); return [e.bubbles, e.composed, e.defaultPrevented, e.returnValue]", [true, true, true, false]],
  ["const e = new Event('x'); e.preventDefault(); return e.defaultPrevented", false],
  ["const set = Object.getOwnPropertyDescriptor(Event.prototype, 'returnValue').set; return set.call({}, true)", TYPE_ERROR],
  ["const e = new Event('x', { cancelable: true }); e.returnValue = true; const kept = e.defaultPrevented; e.returnValue = 0; return [kept, e.defaultPrevented]", [false, true]],
  ["FetchEvent.prototype.passThroughOnException.call(new Event('x'))", TYPE_ERROR],
  ["new Event()", TYPE_ERROR],
  ["new Event('x', 5)", TYPE_ERROR],
  ["Event('x')", TYPE_ERROR],
  ["const e = new Event('x', { cancelable: true }); e.preventDefault(); e.initEvent('y', true); return [e.type, e.bubbles, e.cancelable, e.defaultPrevented, Event.prototype.initEvent.length]", ["y", true, false, false, 1]],
  ["const t = new EventTarget(); const e = new CustomEvent('x', { detail: 1 }); t.addEventListener('x', () => { e.initEvent('y'); e.initCustomEvent('z', false, false, 2) }); t.dispatchEvent(e); const r = [e.type, e.detail]; e.initCustomEvent('z', true, true, 2); return [...r, e.type, e.detail, e.target]", ["x", 1, "z", 2, null]],
  ["new Event('x').initEvent()", TYPE_ERROR],
  ["CustomEvent.prototype.initCustomEvent.call(new Event('x'), 'y')", TYPE_ERROR],
  ["[Event.NONE, Event.AT_TARGET, new Event('x').BUBBLING_PHASE]", [0, 2, 3]],
  ["[new CustomEvent('x', { detail: 5 }).detail, new CustomEvent('x').detail]", [5, null]],
  ["const e = new ErrorEvent('error', { message: 'm', filename: 'f', lineno: 1, colno: 2, error: 3 }); return [e.message, e.filename, e.lineno, e.colno, e.error]", ["m", "f", 1, 2, 3]],
  ["new ErrorEvent('error').message", ""],
  ["const p = Promise.resolve(); const e = new PromiseRejectionEvent('x', { promise: p, reason: 1 }); return [e.promise === p, e.reason]", [true, 1]],
  ["new PromiseRejectionEvent('x')", TYPE_ERROR],
  ["Object.prototype.toString.call(new CustomEvent('x'))", "[object CustomEvent]"],
]);

table("EventTarget", [
  ["const t = new EventTarget(); const r = []; t.addEventListener('x', function (e) { r.push(this === t, e.target === t, e.currentTarget === t, e.eventPhase, e.composedPath().length) }); const e = new Event('x'); return [t.dispatchEvent(e), r, e.currentTarget, e.target === t]", [true, [true, true, true, 2, 1], null, true]],
  ["const t = new EventTarget(); let n = 0; const f = () => n++; t.addEventListener('x', f); t.addEventListener('x', f); t.addEventListener('x', f, true); t.dispatchEvent(new Event('x')); t.removeEventListener('x', f); t.dispatchEvent(new Event('x')); return n", 3],
  ["const t = new EventTarget(); let n = 0; t.addEventListener('x', () => n++, { once: true }); t.dispatchEvent(new Event('x')); t.dispatchEvent(new Event('x')); return n", 1],
  ["const t = new EventTarget(); t.addEventListener('x', (e) => e.preventDefault(), { passive: true }); return t.dispatchEvent(new Event('x', { cancelable: true }))", true],
  ["const t = new EventTarget(); t.addEventListener('x', (e) => e.preventDefault()); return t.dispatchEvent(new Event('x', { cancelable: true }))", false],
  ["const t = new EventTarget(); const r = []; t.addEventListener('x', { handleEvent(e) { r.push(e.type, this.q) }, q: 1 }); t.dispatchEvent(new Event('x')); return r", ["x", 1]],
  ["const t = new EventTarget(); const r = []; t.addEventListener('x', (e) => { r.push(1); e.stopImmediatePropagation() }); t.addEventListener('x', () => r.push(2)); t.dispatchEvent(new Event('x')); return r", [1]],
  ["const t = new EventTarget(); const c = new AbortController(); let n = 0; t.addEventListener('x', () => n++, { signal: c.signal }); t.dispatchEvent(new Event('x')); c.abort(); t.dispatchEvent(new Event('x')); return n", 1],
  ["const t = new EventTarget(); let n = 0; t.addEventListener('x', () => n++, { signal: AbortSignal.abort() }); t.dispatchEvent(new Event('x')); return n", 0],
  ["new EventTarget().addEventListener('x', () => {}, { signal: {} })", TYPE_ERROR],
  ["const t = new EventTarget(); const r = []; t.addEventListener('x', () => { r.push(1); t.addEventListener('x', () => r.push(2)) }); t.dispatchEvent(new Event('x')); return r", [1]],
  ["const t = new EventTarget(); const r = []; const b = () => r.push('b'); t.addEventListener('x', () => { r.push('a'); t.removeEventListener('x', b) }); t.addEventListener('x', b); t.addEventListener('x', () => r.push('c')); t.dispatchEvent(new Event('x')); return r", ["a", "c"]],
  ["const t = new EventTarget(); const e = new Event('x'); let error; t.addEventListener('x', () => { try { t.dispatchEvent(e) } catch (x) { error = x.name } }); t.dispatchEvent(e); return error", "InvalidStateError"],
  ["new EventTarget().addEventListener('x')", TYPE_ERROR],
  ["new EventTarget().addEventListener('x', 'code')", TYPE_ERROR],
  ["new EventTarget().addEventListener('x', null)", null],
  ["new EventTarget().dispatchEvent({})", TYPE_ERROR],
  ["class T extends EventTarget { f = 1 } const t = new T(); let n = 0; t.addEventListener('x', () => n++); t.dispatchEvent(new Event('x')); return n", 1],
  ["const t = new EventTarget(); const r = []; t.addEventListener('x', () => { throw 1 }); t.addEventListener('x', () => r.push(2)); t.dispatchEvent(new Event('x')); return r", [2]],
  ["let r; const f = function (e) { r = [this === globalThis, e.target === self] }; addEventListener('foo', f); dispatchEvent(new Event('foo')); removeEventListener('foo', f); return r", [true, true]],
]);

table("AbortSignal", [
  ["const c = new AbortController(); return [c.signal === c.signal, c.signal.aborted, c.signal.reason ?? null]", [true, false, null]],
  ["const c = new AbortController(); c.abort(); return [c.signal.aborted, c.signal.reason.name, c.signal.reason.code, c.signal.reason instanceof DOMException]", [true, "AbortError", 20, true]],
  ["const c = new AbortController(); c.abort('r'); c.abort('s'); return c.signal.reason", "r"],
  ["const c = new AbortController(); const r = []; c.signal.onabort = (e) => r.push(e.type, e.isTrusted, e.target === c.signal); c.signal.addEventListener('abort', () => r.push(2)); c.abort(); c.abort(); return r", ["abort", true, true, 2]],
  ["const s = new AbortController().signal; const f = () => {}; s.onabort = f; const a = s.onabort === f; s.onabort = null; const b = s.onabort; s.onabort = 5; return [a, b, s.onabort]", [true, null, null]],
  ["const c = new AbortController(); const r = []; c.signal.onabort = () => r.push(1); c.signal.addEventListener('abort', () => r.push(2)); c.signal.onabort = () => r.push(3); c.abort(); return r", [3, 2]],
  ["AbortSignal.abort().throwIfAborted()", throws("AbortError")],
  ["new AbortController().signal.throwIfAborted()", null],
  ["AbortSignal.abort(5).reason", 5],
  ["new AbortSignal()", TYPE_ERROR],
  ["AbortSignal.any([]).aborted", false],
  ["AbortSignal.any([AbortSignal.abort(1), AbortSignal.abort(2)]).reason", 1],
  ["const a = new AbortController(), b = new AbortController(); const s = AbortSignal.any([a.signal, b.signal]); const d = AbortSignal.any([s]); b.abort('x'); a.abort('y'); return [s.reason, d.reason]", ["x", "x"]],
  ["const a = new AbortController(); const d = AbortSignal.any([a.signal]); const r = []; a.signal.onabort = () => r.push('a', d.aborted); d.onabort = () => r.push('d'); a.abort(); return r", ["a", true, "d"]],
  ["const a = new AbortController(), b = new AbortController(); const d = AbortSignal.any([a.signal, b.signal]); b.abort('b'); a.abort('a'); return [d.aborted, d.reason]", [true, "b"]],
  ["const a = new AbortController(); const s = AbortSignal.any([a.signal]), d = AbortSignal.any([s]), e = AbortSignal.any([a.signal]); const r = []; e.onabort = () => r.push('e'); d.onabort = () => r.push('d'); s.onabort = () => r.push('s'); a.signal.onabort = () => r.push('a'); a.abort(); return r", ["a", "s", "d", "e"]],
  ["const a = new AbortController(); const d = AbortSignal.any([a.signal]), e = AbortSignal.any([d]); a.abort(1); d.throwIfAborted = null; return [e.reason, AbortSignal.any([d]).reason]", [1, 1]],
  ["const a = new AbortController(), b = new AbortController(); const d = AbortSignal.any([a.signal, b.signal]); const r = []; d.onabort = () => r.push(d.reason); b.abort('b'); a.abort('a'); return r", ["b"]],
  ["const a = new AbortController(); const d = AbortSignal.any([a.signal]); const r = []; const f = () => r.push(1); d.addEventListener('abort', f); d.removeEventListener('abort', f); d.onabort = f; d.onabort = null; a.abort(); return [r, d.aborted]", [[], true]],
  ["const a = new AbortController(); const d = AbortSignal.any([a.signal]); const r = []; d.addEventListener('abort', () => r.push('gone'), { signal: AbortSignal.any([a.signal]) }); d.addEventListener('abort', () => r.push('once'), { once: true }); a.abort(); return r", ["once"]],
  ["const a = new AbortController(); const d = new Request('http://a/', { signal: a.signal }), e = d.clone(); a.abort('x'); return [d.signal.reason, e.signal.reason]", ["x", "x"]],
  ["const t = new EventTarget(), c = new AbortController(); let n = 0; const f = () => n++; t.addEventListener('x', f, { signal: c.signal }); c.abort(); t.addEventListener('x', f); t.dispatchEvent(new Event('x')); return n", 1],
  ["const t = new EventTarget(), c = new AbortController(); let n = 0; t.addEventListener('x', () => c.abort()); t.addEventListener('x', () => n++, { signal: c.signal }); t.dispatchEvent(new Event('x')); return n", 0],
  ["AbortSignal.any([{}])", TYPE_ERROR],
  ["AbortSignal.any(5)", TYPE_ERROR],
  ["AbortSignal.timeout(-1)", TYPE_ERROR],
  ["AbortSignal.timeout(Infinity)", TYPE_ERROR],
  ["AbortSignal.timeout()", TYPE_ERROR],
  ["AbortSignal.prototype.aborted", TYPE_ERROR],
]);

table("DOMException", [
  ["const e = new DOMException(); return [e.name, e.message, e.code]", ["Error", "", 0]],
  ["const e = new DOMException('m', 'NotFoundError'); return [e.name, e.message, e.code, String(e), e instanceof Error, e.stack.startsWith('NotFoundError: m\\n')]", ["NotFoundError", "m", 8, "NotFoundError: m", true, true]],
  ["[DOMException.ABORT_ERR, DOMException.prototype.DATA_CLONE_ERR, DOMException.INDEX_SIZE_ERR]", [20, 25, 1]],
  ["DOMException('x')", TYPE_ERROR],
  ["DOMException.prototype.name", TYPE_ERROR],
  ["Object.prototype.toString.call(new DOMException())", "[object DOMException]"],
  ["class E extends DOMException {} return new E('q') instanceof E", true],
  ["new DOMException('m', 'Custom').code", 0],
]);

// The harness keeps nothing of what guest code makes, so what is left is held by the signal.
test("a global signal keeps only the followers that it has to tell", async () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  const context = new Context();
  context.eval(`
    globalThis.controller = new AbortController();
    globalThis.refs = [];
    globalThis.told = 0;`);
  const make = (what) => context.eval(`{ const signal = AbortSignal.any([controller.signal]); ${what}; refs.push(new WeakRef(signal)); }`);
  make("");
  make("signal.aborted");
  make("const f = () => told++; signal.addEventListener('abort', f); signal.removeEventListener('abort', f)");
  make("signal.onabort = () => told++; signal.onabort = null");
  make("new EventTarget().addEventListener('x', () => told++, { signal })");
  make("new Request('http://a/', { signal }).clone().signal.aborted");
  make("signal.addEventListener('abort', () => told++)");
  make("signal.onabort = () => told++");
  await context.settled();
  gc();
  await context.settled();
  gc();
  const alive = () => [...context.eval("refs.map((ref) => ref.deref() !== undefined)")];
  assert.deepEqual(alive(), [false, false, false, false, false, false, true, true]);
  context.eval("controller.abort()");
  assert.equal(context.eval("told"), 2);
});
