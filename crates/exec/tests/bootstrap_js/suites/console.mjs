import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../harness.mjs";

function lines(code) {
  const context = new Context();
  context.eval(code);
  return context.logs.map(({ message }) => message);
}

test("console: formatting of values", () => {
  for (const [code, expected] of [
    ["1, 'a', true, null, undefined, 5n, Symbol('s'), -0", "1 a true null undefined 5n Symbol(s) -0"],
    ["", ""],
    ["{ a: 'x', 'b-c': [1, 'y'], [Symbol('q')]: 1 }", "{ a: 'x', 'b-c': [ 1, 'y' ], [Symbol(q)]: 1 }"],
    ["[]", "[]"],
    ["{}", "{}"],
    ["[1, , , 2]", "[ 1, <2 empty items>, 2 ]"],
    ["Object.assign([1], { x: 2 })", "[ 1, x: 2 ]"],
    ["{ get a() { throw 1 }, set b(x) {}, get c() { return 1 }, set c(x) {} }", "{ a: [Getter], b: [Setter], c: [Getter/Setter] }"],
    ["new Map([['a', { b: 1 }]]), new Set([1, 'x'])", "Map(1) { 'a' => { b: 1 } } Set(2) { 1, 'x' }"],
    ["new Uint8Array(3), new ArrayBuffer(2)", "Uint8Array(3) [ 0, 0, 0 ] ArrayBuffer { byteLength: 2 }"],
    ["new (class Foo { x = 1 })", "Foo { x: 1 }"],
    ["Object.create(null)", "[Object: null prototype] {}"],
    ["new (class extends Map {})", "Map(0) {}"],
    ["class A {}, class B extends Array {}, function f() {}, () => {}, async () => {}", "[class A] [class B extends Array] [Function: f] [Function (anonymous)] [AsyncFunction (anonymous)]"],
    ["Object.assign(function f() {}, { a: 1 })", "[Function: f] { a: 1 }"],
    ["/a/g, new Date(0), new Date(NaN)", "/a/g 1970-01-01T00:00:00.000Z Invalid Date"],
    ["new Number(-0), new String('a'), new Boolean(false)", "[Number: -0] [String: 'a'] [Boolean: false]"],
    ["Object(5n), [Object(Symbol('q'))]", "[BigInt: 5n] [ [Symbol: Symbol(q)] ]"],
    ["[\"it's\", 'a\\nb\\x01', '\\\\']", "[ \"it's\", 'a\\nb\\x01', '\\\\' ]"],
    ["{ a: { b: { c: { d: { e: 1 } } } } }", "{ a: { b: { c: { d: [Object] } } } }"],
    ["(() => { const a = {}; a.a = a; a.b = [a]; return a })()", "<ref *1> { a: [Circular *1], b: [ [Circular *1] ] }"],
    ["new WeakMap()", "WeakMap { <contents unknown> }"],
    ["Object.create(Map.prototype), Object.create(Date.prototype)", "Map {} Date {}"],
    ["new Headers({ a: 'b' }), new URLSearchParams('x=1')", "Headers { a: 'b' } URLSearchParams { x: '1' }"],
    ["new Response('a')", "Response { status: 200, bodyUsed: false }"],
    ["new AbortController().signal, new Event('x')", "AbortSignal { aborted: false, reason: undefined } Event { type: 'x' }"],
    ["Array.from({ length: 101 }, () => 0).length, new Array(1e9)", "101 [ <at least 65537 empty items> ]"],
    ["{ a: 'x'.repeat(50), b: 'y'.repeat(40) }", `{\n  a: '${"x".repeat(50)}',\n  b: '${"y".repeat(40)}'\n}`],
    ["console", null],
    ["globalThis", null],
    ["(function () { return arguments })(1)", null],
  ]) {
    const [line] = lines(`console.log(${code})`);
    if (expected !== null) assert.equal(line, expected, code);
  }
});

test("console: errors show their stack, cause and properties", () => {
  const [line] = lines("console.log(Object.assign(new TypeError('boo', { cause: 5 }), { code: 'E' }))");
  assert.match(line, /^TypeError: boo\n    at guest\.js:1:\d+/);
  assert.match(line, /code: 'E'/);
  assert.match(line, /\[cause\]: 5/);
  assert.match(lines("console.log(new DOMException('m', 'AbortError'))")[0], /^AbortError: m\n/);
});

test("console: the frames of the bootstrap are not those of the script", () => {
  const shown = (stack) => lines(`console.log(Object.defineProperty(new Error(), "stack", { value: ${JSON.stringify(stack)} }))`)[0];
  const own = "    at dispatchFetch (ext:worker/worker_events.js:1:2)";
  const guest = "    at fetch (text:1.js:1:1)";
  for (const [stack, expected] of [
    [`E: ext: m\n${guest}\n${own}`, `E: ext: m\n${guest}`],
    [`E\n${own}\n${guest}\n    at async ext:a.js:1:1`, `E\n${guest}`],
    [`E\n${own}\n${own}`, "E"],
    [`E\n${guest}`, `E\n${guest}`],
    [own, ""],
  ]) {
    assert.equal(shown(stack), expected, stack);
  }
});

test("console: format specifiers", () => {
  for (const [code, expected] of [
    ["'%s|%s|%s', 'a', 1, Symbol('x')", "a|1|Symbol(x)"],
    ["'%d|%i|%f', '42.5', '4.9px', '1.5x'", "42|4|1.5"],
    ["'%d|%i|%d|%i|%d', 42.9, -42.9, 1e21, 1e-7, '0x10'", "42|-42|1e+21|0|0"],
    ["'%d|%i|%f', Symbol('x'), Symbol('x'), Symbol('x')", "NaN|NaN|NaN"],
    ["'%d|%i|%d', {}, 5n, 'x'", "NaN|5n|NaN"],
    ["'%j', { a: [1] }", '{"a":[1]}'],
    ["'%o %O', [1], { a: 1 }", "[ 1 ] { a: 1 }"],
    ["'%cred', 'color: red'", "red"],
    ["'100%% %s', 'x'", "100% x"],
    ["'100%% %s'", "100%% %s"],
    ["'%s'", "%s"],
    ["'%s %s', 'a'", "a %s"],
    ["'%x', 1", "%x 1"],
    ["'a%', 1", "a% 1"],
    ["'a', 'b', { c: 1 }", "a b { c: 1 }"],
    ["'%s', { a: { b: { c: 1 } } }", "{ a: { b: [Object] } }"],
  ]) {
    assert.equal(lines(`console.log(${code})`)[0], expected, code);
  }
});

test("console: the other methods", () => {
  const context = new Context();
  context.eval(`
    console.debug(1); console.info(2); console.warn(3); console.error(4);
    console.assert(true, "no"); console.assert(false); console.assert(false, "x %s", 1);
    console.group("g"); console.log("in\\nside"); console.group(); console.log("deep"); console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log("out");
    console.count(); console.count("a"); console.count(); console.countReset(); console.count(); console.countReset("zz");
    console.time(); console.time(); console.timeLog("default", 5); console.timeEnd(); console.timeEnd();
    console.dir({ a: { b: {} } }, { depth: 0 }); console.dirxml(1);
    console.trace("t");`);
  const out = context.logs.map(({ level, message }) => `${level}: ${message}`);
  assert.deepEqual(out.slice(0, -1), [
    "debug: 1", "info: 2", "warn: 3", "error: 4",
    "error: Assertion failed", "error: Assertion failed: x 1",
    "log: g", "log:   in\n  side", "log:     deep", "log: out",
    "info: default: 1", "info: a: 1", "info: default: 2", "info: default: 1", 'warn: Count for "zz" does not exist',
    'warn: Timer "default" already exists', "log: default: 0.000ms 5", "log: default: 0.000ms", 'warn: Timer "default" does not exist',
    "log: { a: [Object] }", "log: 1",
  ]);
  assert.match(out.at(-1), /^debug: Trace: t\n    at guest\.js/);
  assert.equal(context.eval("Object.prototype.toString.call(console)"), "[object console]");
});

test("console.table", () => {
  assert.equal(lines("console.table([{ a: 1 }, { b: 'x' }, 5])")[0], [
    "┌─────────┬───┬─────┬────────┐",
    "│ (index) │ a │ b   │ Values │",
    "├─────────┼───┼─────┼────────┤",
    "│ 0       │ 1 │     │        │",
    "│ 1       │   │ 'x' │        │",
    "│ 2       │   │     │ 5      │",
    "└─────────┴───┴─────┴────────┘",
  ].join("\n"));
  assert.equal(lines("console.table(5)")[0], "5");
  assert.equal(lines("console.table(new Map([['k', { a: 1 }], [1, 'x']]))")[0], [
    "┌───────────────────┬─────┬──────────┐",
    "│ (iteration index) │ Key │ Values   │",
    "├───────────────────┼─────┼──────────┤",
    "│ 0                 │ 'k' │ { a: 1 } │",
    "│ 1                 │ 1   │ 'x'      │",
    "└───────────────────┴─────┴──────────┘",
  ].join("\n"));
  assert.equal(lines("console.table(new Set([5]))")[0], [
    "┌───────────────────┬────────┐",
    "│ (iteration index) │ Values │",
    "├───────────────────┼────────┤",
    "│ 0                 │ 5      │",
    "└───────────────────┴────────┘",
  ].join("\n"));
  // Neither is looked at further than it is shown, nor what only claims to be one.
  assert.equal(lines("console.table(new Set(Array.from({ length: 1000 }, (_, i) => i)))")[0].split("\n").length, 104);
  assert.equal(lines("console.table(Object.create(Map.prototype))").length, 1);
});

test("console: of a large value no more is looked at than is shown", () => {
  for (const [code, expected] of [
    ["new Uint8Array(1e5)", /\.\.\. 99900 more items\n\]$/],
    ["Object.assign(new Array(1e5).fill(1), { a: 1 })", /\.\.\. 99900 more items, a: 1\n\]$/],
    ["{ ['k'.repeat(1e6)]: 1 }", /^\{\n  'k{1000}'\.\.\. 999000 more characters: 1\n\}$/],
    ["Object.defineProperty(() => {}, 'name', { value: 'f'.repeat(1e6) })", /^\[Function: f{1000}\.\.\. \(truncated\)\]$/],
    ["'%d', '1'.repeat(1e7)", /^Infinity$/],
    ["new URLSearchParams('a=1&'.repeat(5000))", /'\.\.\.': '4000 more'/],
  ]) {
    const [line] = lines(`console.log(${code})`);
    assert.match(line, expected, code);
  }
  const [table] = lines("console.table([new Uint8Array(1e5), { ['k'.repeat(1e6)]: 'v'.repeat(1e6) }])");
  assert.ok(table.length < 200_000);
  assert.equal(lines("console.count('x'.repeat(1e6))")[0].length, 1000 + "... (truncated): 1".length);
});

test("structuredClone: elements of arrays, dense and sparse", () => {
  const context = new Context();
  for (const code of [
    "[1, , 3]",
    "Object.assign([1, 2], { a: 1 })",
    "(() => { const a = []; a[5000] = 1; a[1e6] = 2; a.x = 3; return a })()",
    "(() => { const a = [1, 2]; a.length = 5000; a[4000] = 1; return a })()",
  ]) {
    const [original, copy] = context.eval(`globalThis.v = ${code}; [v, structuredClone(v)]`);
    assert.equal(copy.length, original.length, code);
    assert.deepEqual(Object.entries(copy), Object.entries(original), code);
  }
});

test("long texts are converted in pieces, without a seam", () => {
  const context = new Context();
  assert.equal(context.eval(`
    // Characters of every length, so that each boundary is in the middle of one.
    const text = "a" + "\\u{1f600}".repeat(3e5) + "ä€x".repeat(2e5);
    const bytes = new TextEncoder().encode(text);
    const other = new TextDecoder("utf-16le").decode(new Uint8Array(new Uint16Array([...text].map((c) => c.charCodeAt(0))).buffer));
    const held = new TextDecoder();
    [
      new TextDecoder().decode(bytes) === text,
      held.decode(bytes.subarray(0, 1e6 + 1), { stream: true }) + held.decode(bytes.subarray(1e6 + 1)) === text,
      new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, ...new Array(3e5).fill(0x61)])).length,
      new TextDecoder().decode(new Uint8Array(3e5).fill(0xff)).length,
      other.length,
    ].join()`), "true,true,300000,300000,900001");
});

test("console: throws for labels only, and is bounded", () => {
  const traps = ["get", "ownKeys", "getOwnPropertyDescriptor", "getPrototypeOf", "has"];
  for (const trap of traps) {
    assert.equal(lines(`console.log(new Proxy({ a: 1 }, { ${trap}() { throw 1 } }))`).length, 1);
  }
  const limit = 66000;
  for (const code of [
    "'x'.repeat(1e6)",
    "['x'.repeat(1e6)]",
    "Array(100).fill('x'.repeat(1e4))",
    "(() => { let a = []; for (let i = 0; i < 6; i++) a = Array(100).fill(a); return a })()",
    "(() => { let a = {}; for (let i = 0; i < 5000; i++) a = { a }; return a })()",
    "...Array(1e4).fill({ a: 1, b: [1, 2, 3] })",
    "new Proxy([], { get: (t, k) => k === 'length' ? 1e15 : t[k] })",
    "new Map(Array.from({ length: 1e5 }, (_, i) => [i, i]))",
    "new Proxy({}, { getPrototypeOf() { return this.p ??= new Proxy({}, this) } })",
  ]) {
    const start = Date.now();
    const [line] = lines(`console.log(${code})`);
    assert.ok(line.length < limit, `${code}: ${line.length}`);
    assert.ok(Date.now() - start < 2000, `${code}: slow`);
  }
  assert.equal(lines("const o = { toString() { throw 1 } }; console.log('%s %d', o, o); console.dir(1, { get depth() { throw 1 } }); console.table(new Proxy([], { ownKeys() { throw 1 } }))").length, 3);
  assert.equal(lines("try { console.count({ toString() { throw 1 } }) } catch (error) { console.log(error) }").join(), "1");
});
