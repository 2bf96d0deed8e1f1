const same = (value) => { const copy = structuredClone(value); assert(typeof value !== "object" || value === null || copy !== value, "a copy"); assertEquals(copy, value); return copy };
check("primitives", () => { for (const v of [1, -0, NaN, "s", true, null, undefined, 12n]) assertEquals(structuredClone(v), v) });
check("objects", () => { same({ a: { b: [1, , 3] } }); same([1, "2", [3]]); same(new Date(5)); same(/a+/gi); same(new Map([[{ k: 1 }, new Set([1])]])); same(new Set(["x", {}])) });
check("wrappers", () => { for (const v of [Object("s"), Object(1), Object(true), Object(2n)]) { const c = structuredClone(v); assertEquals([typeof c, c.constructor === v.constructor, c.valueOf()], ["object", true, v.valueOf()]) } });
check("buffers", () => {
  same(new Uint8Array([1, 2])); same(new Float64Array([1.5])); same(new Uint8Array([1, 2]).buffer); same(new BigInt64Array([1n]));
  const view = structuredClone(new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 1)); assertEquals([view instanceof DataView, view.byteOffset, view.getUint8(0)], [true, 1, 2]);
  const buffer = new ArrayBuffer(8); const two = structuredClone([new Uint8Array(buffer, 1, 2), new Uint16Array(buffer, 2)]); assert(two[0].buffer === two[1].buffer, "one buffer"); assertEquals([two[0].byteOffset, two[1].length], [1, 3]);
  const growing = structuredClone(new ArrayBuffer(2, { maxByteLength: 8 })); assertEquals([growing.resizable, growing.maxByteLength, growing.byteLength], [true, 8, 2]);
});
check("cycles and sharing", () => {
  const o = { name: "o" }; o.self = o; o.list = [o, o]; o.map = new Map([[o, o]]); o.set = new Set([o]); const c = structuredClone(o);
  assert(c.self === c && c.list[0] === c && c.list[1] === c && c.map.get(c) === c && c.set.has(c) && c !== o);
  const shared = {}; const [x, y] = structuredClone([shared, shared]); assert(x === y);
});
check("errors", () => {
  for (const C of [Error, TypeError, RangeError, EvalError, SyntaxError, URIError, ReferenceError]) { const e = new C("m"); const c = structuredClone(e); assertEquals([c instanceof C, c.name, c.message, c.stack === e.stack], [true, C.name, "m", true]) }
  const own = new Error("x", { cause: { a: new Map() } }); own.name = "Custom"; const c = structuredClone(own); assertEquals([c.name, c.cause.a instanceof Map, Object.keys(c)], ["Error", true, []]);
});
check("own enumerable properties only", () => {
  class Point { constructor() { this.x = 1 } get y() { return 2 } } const c = structuredClone(new Point()); assertEquals([Object.getPrototypeOf(c) === Object.prototype, c], [true, { x: 1 }]);
  assertEquals(structuredClone(Object.defineProperty({ a: 1 }, "hidden", { value: 1 })), { a: 1 }); assertEquals(Reflect.ownKeys(structuredClone({ [Symbol()]: 1 })).length, 0); assertEquals(structuredClone({ get a() { return 3 } }), { a: 3 });
  const proto = structuredClone(JSON.parse('{"__proto__": {"x": 1}}')); assertEquals([Object.keys(proto), proto.x], [["__proto__"], undefined]);
  const extra = [1]; extra.name = "n"; assertEquals(structuredClone(extra).name, "n"); assertEquals(structuredClone(new Array(5)).length, 5); assert(!(1 in structuredClone([0, , 2])));
});
check("refusals", () => {
  for (const v of [() => {}, Symbol(), Object(Symbol()), new WeakMap(), new WeakSet(), new WeakRef({}), Promise.resolve(), new Proxy({}, {}), new Proxy([], {}), (function* () {})(), new Intl.NumberFormat(), { deep: [() => {}] }, new Map([[1, Symbol()]]), [][Symbol.iterator]()]) assertThrows(() => structuredClone(v), "DataCloneError");
  assertThrows(() => structuredClone({ get a() { throw new RangeError() } }), "RangeError"); assertThrows(() => structuredClone(), "TypeError");
  assertEquals((() => { try { structuredClone(() => {}) } catch (e) { return [e instanceof DOMException, e.code] } })(), [true, 25]);
});
check("transfer", () => {
  const b = new Uint8Array([1, 2, 3]).buffer; const c = structuredClone({ b, v: new Uint8Array(b, 1) }, { transfer: [b] }); assertEquals([b.byteLength, b.detached, c.b.byteLength, c.v, c.v.buffer === c.b], [0, true, 3, new Uint8Array([2, 3]), true]);
  assertThrows(() => structuredClone(1, { transfer: [b] }), "DataCloneError"); assertThrows(() => structuredClone(1, { transfer: [{}] }), "DataCloneError"); assertThrows(() => structuredClone(b), "DataCloneError");
  const d = new ArrayBuffer(1); assertThrows(() => structuredClone(1, { transfer: [d, d] }), "DataCloneError"); assertThrows(() => structuredClone(() => {}, { transfer: [d] }), "DataCloneError"); assertEquals(d.detached, false);
  structuredClone(null, { transfer: [d] }); assertEquals(d.detached, true);
  const m = new WebAssembly.Memory({ initial: 1 }); assertThrows(() => structuredClone(1, { transfer: [m.buffer] }), "DataCloneError");
});
check("large ones", () => { const a = Array.from({ length: 20000 }, (_, i) => ({ i })); assertEquals(structuredClone(a)[19999], { i: 19999 }); let deep = {}; for (let i = 0; i < 20000; i++) deep = { deep }; structuredClone(deep) });
check("objects of the platform", async () => {
  for (const v of [new URL("http://a"), new URLSearchParams("a=b"), new Headers(), new Response(), new Request("http://a"), new AbortController(), new AbortController().signal, new Event("x"), new EventTarget(), new FormData(), new TextEncoder(), new TextDecoder(), new ReadableStream(), new WritableStream(), new TransformStream(), performance, navigator, crypto, new (class extends URL {})("http://a")]) { assertThrows(() => structuredClone(v), "DataCloneError"); assertThrows(() => structuredClone({ v }), "DataCloneError") }
  const e = new DOMException("m", "AbortError"); e.own = 1; const c = structuredClone(e); assertEquals([c instanceof DOMException, c !== e, c.name, c.message, c.code, c.stack === e.stack, "own" in c], [true, true, "AbortError", "m", 20, true, false]);
  const blob = new Blob(["ab"], { type: "t/x" }); blob.own = 1; const b = structuredClone([blob, blob]); assertEquals([b[0] instanceof Blob, b[0] === b[1], b[0] !== blob, b[0].type, await b[0].text(), "own" in b[0]], [true, true, true, "t/x", "ab", false]);
  const f = structuredClone(new File(["a"], "n", { lastModified: 5 })); assertEquals([f instanceof File, f.name, f.lastModified, await f.text()], [true, "n", 5, "a"]);
  assertEquals(structuredClone(Object.create({ a: 1 }, { b: { value: 2, enumerable: true } })), { b: 2 });
});
check("views that track their buffer", () => {
  for (const C of [Uint8Array, Float16Array, BigInt64Array, DataView]) {
    const buffer = new ArrayBuffer(16, { maxByteLength: 32 }); const c = structuredClone([new C(buffer), new C(buffer, 8), new C(buffer, 8, 8 / (C.BYTES_PER_ELEMENT ?? 1))]); const copy = c[0].buffer; assert(copy !== buffer && copy === c[1].buffer, "one copy"); const lengths = () => c.map((view) => view.byteLength);
    assertEquals(lengths(), [16, 8, 8]); copy.resize(32); assertEquals(lengths(), [32, 24, 8]); copy.resize(24); assertEquals(lengths(), [24, 16, 8]); assertEquals(buffer.byteLength, 16);
    const fixed = new C(buffer, 8, 8 / (C.BYTES_PER_ELEMENT ?? 1)); const tracking = new C(buffer, 8); buffer.resize(4); for (const view of [fixed, tracking]) assertThrows(() => structuredClone(view), "DataCloneError");
  }
  same(new Float16Array([1.5, -2])); const t = new ArrayBuffer(8, { maxByteLength: 16 }); const moved = structuredClone(new Uint8Array(t), { transfer: [t] }); moved.buffer.resize(16); assertEquals([moved.length, t.detached], [16, true]);
});
check("modules of WebAssembly", async () => {
  const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 6, 1, 4, 0, 65, 42, 11]);
  const module = new WebAssembly.Module(bytes); module.own = 1; const [a, b] = structuredClone([module, module]); assert(a === b && a !== module && a instanceof WebAssembly.Module && !("own" in a), "a module"); assertEquals(new WebAssembly.Instance(a).exports.f(), 42);
  for (const v of [new WebAssembly.Instance(module), new WebAssembly.Memory({ initial: 1 }), new WebAssembly.Table({ initial: 1, element: "anyfunc" }), new WebAssembly.Global({ value: "i32" }, 1)]) assertThrows(() => structuredClone(v), "DataCloneError");
});
check("objects of the platform without an interface", () => {
  for (const v of [scheduler, new Headers().entries(), new URLSearchParams().keys(), new FormData().values(), new ReadableStream().values()]) assertThrows(() => structuredClone(v), "DataCloneError");
});
check("what patched prototypes see", () => {
  const seen = []; for (const [object, key] of [[Object.prototype, "a"], [Object.prototype, "1"], [Array.prototype, "0"]]) Object.defineProperty(object, key, { set(v) { seen.push(v) }, get() { return "inherited" }, configurable: true });
  try { const c = structuredClone({ a: 1, b: [5, , 7], 1: 2 }); assertEquals([Object.getOwnPropertyDescriptor(c, "a").value, Object.getOwnPropertyDescriptor(c, "1").value, Object.getOwnPropertyDescriptor(c.b, 0).value, Object.hasOwn(c.b, 1), c.b[2], seen.length], [1, 2, 5, false, 7, 0]) } finally { delete Object.prototype.a; delete Object.prototype[1]; delete Array.prototype[0] }
  const o = { get a() { delete o.b; o.c = 1; return undefined }, b: 2, d: undefined }; assertEquals(Object.keys(structuredClone(o)), ["a", "d"]); class A { x = undefined; y = [undefined, 1] } assertEquals(structuredClone(new A()), { x: undefined, y: [undefined, 1] });
  (function () { const given = arguments; assertThrows(() => structuredClone(given), "DataCloneError") })(1); assertEquals(Object.keys(structuredClone(Object.assign(Object.create(null), { z: 1 }))), ["z"]);
  const promise = Object.setPrototypeOf(Promise.resolve(), Object.prototype); assertThrows(() => structuredClone(promise), "DataCloneError"); assertThrows(() => structuredClone(new WeakRef({})), "DataCloneError");
});
