import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../../harness.mjs";
import { report, sameAsNode, sameNames } from "../../node_module.mjs";

sameNames("util", ["_exceptionWithHostPort"]);
sameNames("util/types");

const VALUES = [
  "undefined", "null", "true", "-0", "1.5", "123456789n", "'a'", "'it\\'s'", "'\"it\\'s\"'", "'a\\n\\tb\\u0001'", "'\\ud800x'", "Symbol('s\\n')", "''",
  "{}", "[]", "{ a: 1, 'b-c': { d: 'x' }, [Symbol('s')]: 2 }", "[1, , 'x', , ,]", "Object.assign([1, 2], { key: 'v', '-1': 3 })",
  "{ a: { b: { c: { d: 1 } } } }", "[[[[1]]]]", "{ a: [] , b: {}, c: '' }", "new Map([[{ a: 1 }, 'b'], ['c', new Map()]])", "new Set([1, 'a', [2]])",
  "new Uint8Array([1, 2, 3])", "new Float64Array(2)", "new ArrayBuffer(3)", "new DataView(new ArrayBuffer(2))",
  "function foo() {}", "() => {}", "class A {}", "class B extends Map {}", "async () => {}", "function* g() {}", "async function* ag() {}", "Object.assign(function f() {}, { a: 1 })",
  "/a\\/b/gi", "new Date(0)", "new Date(NaN)", "Object(1)", "Object('abc')", "Object(true)", "Object(Symbol('x'))", "Object(1n)",
  "Object.create(null)", "Object.assign(Object.create(null), { a: 1 })", "new (class Foo { x = 1 })()", "new (class Foo extends Array {})(2)", "new (class M extends Map {})([[1, 2]])",
  "{ get a() { return 1 }, set a(v) {}, get b() { return 1 }, set c(v) {} }", "(() => { const o = { a: 1 }; o.self = o; o.list = [o]; return o })()",
  "Promise.resolve", "new WeakMap()", "new WeakSet()", "(function () { return arguments })(1, 'a')", "(function* () {})()",
  "{ a: 'x'.repeat(100), b: 'y'.repeat(50) }", "['x'.repeat(60), 'y'.repeat(60)]", "{ a: { b: 'x'.repeat(60), c: 'y'.repeat(60) } }", "'line\\n'.repeat(30)", "{ s: 'line\\n'.repeat(30) }",
  "{ [Symbol.toStringTag]: 'Tag' }", "new (class Foo { get [Symbol.toStringTag]() { return 'bar' } })()", "globalThis.Math && JSON", "{ undefined: undefined, null: null }", "[undefined, null]",
  "'x'.repeat(10100)", "Array.from({ length: 120 }, (_, i) => 'item number ' + i + 'x'.repeat(40))", "new Set(Array.from({ length: 103 }, (_, i) => i))", "[new Date(0), /x/]",
  "{ a: 1n, b: Symbol.iterator, c: -0, d: [], e: () => {}, f: class {} }", "Object.defineProperty({}, 'hidden', { value: 1 })", "[['a', 'b'], ['c']]", "new Number(-0)", "Object.assign(new Date(0), { a: 1 })", "Object.assign(/x/, { a: 1 })",
];
const inspected = (options) => VALUES.map((value) => `m.inspect(${value}${options === "" ? "" : `, ${options}`})`);

sameAsNode("util.inspect", "util", inspected(""));
sameAsNode("util.inspect with options", "util", [
  ...inspected("{ depth: 0 }"), ...inspected("{ colors: true }"), ...inspected("{ compact: false }"),
  ...inspected("{ breakLength: 40 }"), ...inspected("{ breakLength: Infinity }").filter((code) => !code.includes("item number")),
  "m.inspect({ b: 1, a: { d: 1, c: 2 } }, { sorted: true })", "m.inspect({ get a() { return { x: 1 } }, get b() { return 2 } }, { getters: true })",
  "m.inspect([1, 2, 3, 4], { maxArrayLength: 2 })", "m.inspect('abcdef', { maxStringLength: 3 })", "m.inspect([1, 2], { maxArrayLength: null })",
  "m.inspect([1234567.8912, 123456n, -1000], { numericSeparator: true })", "m.inspect({ a: { b: { c: {} } } }, false, 0)", "m.inspect({ a: { b: { c: { d: {} } } } }, { depth: null })",
  "m.inspect(Object.defineProperty({}, 'hidden', { value: 1 }), { showHidden: true })", 
  "m.inspect({ [m.inspect.custom](depth, options, inspect) { return [depth, typeof options.stylize, inspect === m.inspect].join() } })",
  "m.inspect({ a: { [m.inspect.custom]() { return 'two\\nlines' } } })", "m.inspect({ [m.inspect.custom]() { return { x: 1 } } })", "m.inspect({ [m.inspect.custom]: () => 'x' }, { customInspect: false })",
  "m.inspect.custom", "m.inspect(new (class Foo { [m.inspect.custom](d, o) { return o.stylize('x', 'special') } })(), { colors: true })", "m.inspect.defaultOptions.depth",
]);
sameAsNode("util.inspect of errors", "util", [
  "m.inspect(Object.assign(new Error('x'), { stack: 'Error: x\\n    at here' }))", "m.inspect(Object.assign(new TypeError('x'), { stack: 'TypeError: x\\n    at here', code: 'E' }))",
  "m.inspect(Object.assign(new Error('x', { cause: 'y' }), { stack: 'Error: x\\n    at here' }))", "m.inspect({ e: Object.assign(new Error('x'), { stack: 'Error: x\\n    at here' }) })",
  "m.inspect(Object.assign(new Error('no stack'), { stack: undefined }))", "m.inspect(Object.assign(new AggregateError([1], 'm'), { stack: 'AggregateError: m\\n    at x' }))",
]);
sameAsNode("util.format", "util", [
  "m.format('%s %s', 'a')", "m.format('%s', 'a', 'b', { c: 1 })", "m.format('%d %i %f', '42.5', '42.5', '42.5')", "m.format('%j', { a: [1] })", "m.format('%o', { a: 1 })", "m.format('%O', { a: { b: { c: { d: 1 } } } })",
  "m.format('%c%s', 'css', 'x')", "m.format('%%%s%', 1)", "m.format('a', 1, 'b')", "m.format(1, 2, 'x')", "m.format('%s', Symbol('x'))", "m.format('%s %s %s %s', null, undefined, -0, 12n)", "m.format('%d', '0x10')",
  "m.format('%s', { toString() { return 'own' } })", "m.format('%s', { a: { b: 1 } })", "m.format('%s', class A {})", "m.format('%s', new (class A { toString() { return 'cls' } })())", "m.format('%s', [1, [2, [3]]])",
  "m.format('%j', (() => { const a = {}; a.a = a; return a })())", "m.format()", "m.format('%x', 1)", "m.format('%i', 'abc')", "m.format('%d', {})", "m.format('%d', 5n)", "m.formatWithOptions({ colors: true }, '%O', { a: 1 })", "m.formatWithOptions(1, 'x')",
  "m.format('%s', new Date(0))", "m.format('%s', () => 1)",
]);
sameAsNode("promisify and callbackify", "util", [
  "m.promisify((a, b, f) => f(null, a + b))(1, 2)", "m.promisify((f) => f(new Error('x')))()", "m.promisify(1)", "const f = () => {}; f[m.promisify.custom] = () => 5; return m.promisify(f)()",
  "m.promisify.custom", "const f = (f) => f(); f.x = 1; return [m.promisify(f).x, m.promisify(m.promisify(f)) !== undefined]",
  "new Promise((r) => m.callbackify(async (a) => a + 1)(1, (...x) => r(x)))", "new Promise((r) => m.callbackify(async () => { throw new Error('x') })((e) => r(e.message)))",
  "new Promise((r) => m.callbackify(() => Promise.reject(null))((e) => r([e.code, e.message, e.reason])))", "m.callbackify(async () => {})()", "[m.callbackify(async function f(a) {}).length, m.callbackify(async function f() {}).name]",
]);
sameAsNode("other functions of util", "util", [
  "function A() {} function B() {} B.prototype.hi = () => 1; m.inherits(A, B); return [new A().hi(), A.super_ === B, new A() instanceof B]", "m.inherits(class {}, 1)",
  "m.stripVTControlCharacters('\\u001b[31mred\\u001b[0m \\u001b]8;;http://x\\u0007l\\u001b]8;;\\u0007')", "m.stripVTControlCharacters(1)",
  "[m.isArray([]), m.isDeepStrictEqual({ a: [1] }, { a: [1] }), m.isDeepStrictEqual([1], ['1']), m.types.isDate(new Date()), m.toUSVString('\\ud800')]",
  "const d = m.deprecate((a) => a + 1, 'old'); return [d(1), d(2)]", "m.styleText('red', 'x')", ["m.styleText(['red', 'bold'], 'x', { validateStream: false })", "\u001b[31m\u001b[1mx\u001b[22m\u001b[39m"], "[m.TextEncoder === TextEncoder, m.TextDecoder === TextDecoder]",
  "[String(new m.MIMEType('Text/HTML; charset=UTF-8; q=\"a b\"')), new m.MIMEType('a/b;x=1').params.get('x'), new m.MIMEType('a/b').essence]", "[...new m.MIMEType('a/b;x=1;y=\"2\\\\\"\"').params]",
  "m.debuglog('x').enabled", "m.getSystemErrorName(-2)", "const c = new AbortController(); const p = m.aborted(c.signal, {}); c.abort(); return p.then(() => 'aborted')", "m.aborted(1, {})",
]);
sameAsNode("util.parseArgs", "util", [
  "m.parseArgs({ args: ['-f', '--bar', 'b'], options: { foo: { type: 'boolean', short: 'f' }, bar: { type: 'string' } } })",
  "m.parseArgs({ args: ['--a=1', '--a', '2', '-bc', 'x', '--', '--y'], options: { a: { type: 'string', multiple: true }, b: { type: 'boolean', short: 'b' }, c: { type: 'boolean', short: 'c' } }, allowPositionals: true, tokens: true })",
  "m.parseArgs({ args: ['--unknown'], options: {} })", "m.parseArgs({ args: ['x'], options: {} })", "m.parseArgs({ args: ['--a'], options: { a: { type: 'string' } } })", "m.parseArgs({ args: ['--a=1'], options: { a: { type: 'boolean' } } })",
  "m.parseArgs({ args: ['--a', '-b'], options: { a: { type: 'string' } } })", "m.parseArgs({ args: ['--unknown', '-xyz', 'p'], strict: false })", "m.parseArgs({ args: [], options: { a: { type: 'string', default: 'd' } } })",
  "m.parseArgs({ options: { a: { type: 'string', short: 'ab' } } })", "m.parseArgs({ args: ['-ofile'], options: { out: { type: 'string', short: 'o' } } })",
]);
sameAsNode("util.types", "util", [
  "Object.keys(m.types).filter((name) => name !== 'isFloat16Array').sort().map((name) => name + [new Date(), /x/, new Map(), new Set(), new WeakMap(), Promise.resolve(), async () => {}, function* () {}, new Proxy({}, {}), new Uint8Array(1), new DataView(new ArrayBuffer(1)), new ArrayBuffer(1), Object(1), Object('x'), new TypeError(), [].values(), new Map().keys(), {}, 1].map((v) => Number(m.types[name](v))).join(''))",
]);

// What is worked on in pieces of 65,536 characters or parts.
const LONG = [
  "'\\ud83d\\ude00'.repeat(40000)", "'x' + '\\ud83d\\ude00'.repeat(40000)", "'\\ud800'.repeat(70000)", "'a\\n'.repeat(40000)", "'\\n'.repeat(70000) + 'end'",
  "'\\'\"`'.repeat(30000)", "'x'.repeat(65536) + '\\u0001'",
];
sameAsNode("long texts of util", "util", [
  ...LONG.map((text) => `m.inspect(${text}, { maxStringLength: Infinity })`), ...LONG.map((text) => `m.inspect({ a: ${text} }, { maxStringLength: Infinity })`),
  "m.inspect({ a: { [m.inspect.custom]: () => 'a\\n'.repeat(50000) } })", "m.inspect({ [Symbol('\\n'.repeat(70000))]: 1 })",
  "m.format('%s-'.repeat(70000), ...Array.from({ length: 70000 }, (_, i) => i))", "m.format('%%%z%'.repeat(30000), 1)", "m.format('%', 1)", "m.format('a%', 1)", "m.format('%%', 1)", "m.format('%%s', 1)", "m.format('%z%s%', 1, 2)", "m.format('%s%', 1)", "m.format('%%%', 1)",
  "m.stripVTControlCharacters('\\u001b[31mx\\u001b\\u001b[0m'.repeat(20000))", "m.stripVTControlCharacters('\\u001b\\u009b\\u001b')",
  "[1, 12, 123, 1234, 12345, 123456, -1, -12, -123, -1234, -12345, 0.1, 1.1234, 1234.123, -1234567.1234567].map((n) => m.inspect([n, BigInt(Math.trunc(n))], { numericSeparator: true }))",
  "m.inspect(Object.assign([1, 2], { a: 1, 4294967295: 2 }))", "m.inspect(Object.assign(new Uint8Array(2), { a: 1 }))", "m.inspect({ 1: 'a', 0: 'b', '-1': 'c', c: 'd' })", "m.inspect({ 1: 'a', 0: 'b' }, { sorted: (a, b) => (a < b ? 1 : -1) })",
  "m.inspect(Object.defineProperty(Object.assign([1], { a: 1 }), 'b', { value: 2 }), { showHidden: true }).replace('  [length]: 1,\\n', '').replace(', [length]: 1', '')", "m.isDeepStrictEqual({ 1: 'a', b: [1] }, { b: [1], 1: 'a' })", "m.isDeepStrictEqual(Object.assign([1], { a: 1 }), [1])", "m.isDeepStrictEqual(Object.assign(new Uint8Array(1), { a: 1 }), Object.assign(new Uint8Array(1), { a: 1 }))",
]);
sameAsNode("long lists of util", "util", [
  ["m.inspect(new Array(200000).fill(1), { maxArrayLength: Infinity }).match(/1/g).length", 200000],
  ["m.inspect(Array.from({ length: 70000 }, (_, i) => 'number ' + i + 'x'.repeat(40)), { maxArrayLength: Infinity }).split(',\\n').length", 70000],
]);
test("a file with an environment has a bound", async () => {
  const context = new Context();
  assert.match(await report(context, "util", "m.parseEnv('#'.repeat(2 ** 20 + 1))"), /ERR_OUT_OF_RANGE/);
  assert.equal(await report(context, "util", "m.parseEnv('#'.repeat(2 ** 20 - 4) + '\\na=b')"), '{"value":{"a":"b"}}');
});

// Each of these with each set of options: what is hidden, the order, the room.
const ODD = [
  "{ ['__proto__']: 1, b: { ['__proto__']: [] } }", "(function () { return arguments })(1, { a: 1 })", "(() => { 'use strict'; return (function (a) { return arguments })(1) })()", "[1, 'a', [2]]", "Object.assign([3, 1], { z: 1, a: 2 })", "new Uint8Array([2, 1])",
  "new Float64Array(new ArrayBuffer(32), 8, 2)", "new Map([['b', 1], ['a', { d: 1, c: 2 }]])", "new Set(['b', 'a', { y: 1, x: 2 }])", "{ b: 1, a: { d: [3, 1], c: 2 }, [Symbol('s')]: 1 }", "Object.defineProperties({}, { h: { value: 1 }, g: { get: () => 1 }, [Symbol('h')]: { value: 2 } })",
  "{ get a() { return { x: 1 } }, get b() { throw new Error('no') }, set c(v) {}, get d() { return 'text' }, set d(v) {}, get e() { return null } }", "new (class A { #p = 1; x = 1; get y() { return this.x } get [Symbol.toStringTag]() { return 'tag' } method() {} })()", "new (class B extends Map { get z() { return 1 } })([[1, 2]])",
  "Object.assign(() => {}, { a: 1 })", "class C { static s = 1 }", "Object.create({ get up() { return 1 } }, { own: { value: 1, enumerable: true } })", "Object.create(Object.create(null))", "Object.setPrototypeOf(new Map([[1, 2]]), null)", "Object.setPrototypeOf([1], null)",
  "Object.setPrototypeOf(new Uint8Array(1), null)", "Object.setPrototypeOf(/x/, null)", "Object.setPrototypeOf(new Date(0), null)", "Object.setPrototypeOf(Object('s'), null)", "new (class Foo extends Date {})(0)", "new (class Foo extends Number {})(1)", "Object.assign(new Number(1), { a: 1 })",
  "new DataView(new ArrayBuffer(4), 1, 2)", "new ArrayBuffer(2)", "{ [Symbol.toStringTag]: 'T' }", "[, 1, , , 2, ,]", "new Array(5)", "new Array(4e9)", "Object.assign([1], { 3000: 1, 3001: 2, 99999: 3, length: 200000 })", "Object.assign(new Array(5000), { 1000: 1, 999: 2 })", "{ a: 'x'.repeat(30), b: ['y'.repeat(30), 'z'.repeat(30)] }", "{ s: 'one line\\nand another line' }", "Array.from({ length: 30 }, (_, i) => i * 7)",
  "Array.from({ length: 20 }, (_, i) => 'entry ' + i)", "Array.from({ length: 27 }, (_, i) => i % 3 ? i : -i * 1000)", "Array.from({ length: 10 }, (_, i) => [i])", "['\u65e5\u672c', '\u8a9e', 'a', 'b', 'cc', '\ud83d\ude00', 'e\u0301', 'g']", "{ a: { b: { c: { d: { e: 1 } } } } }",
  "(() => { const a = { n: 1 }; a.self = a; a.list = [a, new Map([[a, a]])]; return a })()", "{ 'it\\'s': 1, 'a-b': 2, \"q'\\\"`\": 3, [Symbol('n\\n\\'q')]: 4, 'l\\n': 5 }", "Object.defineProperty({}, 'a\\nb', { value: 1 })", "[1234567.891, -0, 1e21, 123456n, -1000]",
  "{ f: async () => {}, g: function* () {}, h: async function* named() {}, c: class extends Map {} }", "(function* () {})()", "Promise", "Math", "[undefined, null, NaN]", "Object.assign(Object.create(null), { toString: 1 })", "new WeakMap()", "{ a: new (class { constructor() { this.constructor = 'x' } })() }",
  "{ a: { [m.inspect.custom]: (depth, options) => ({ depth, compact: options.compact, extra: options.extra }) } }", "[{ [m.inspect.custom]: () => 'two\\nlines' }]", "{ a: { [m.inspect.custom](depth, options, inspect) { return inspect({ b: [1, 2] }, options) } } }",
];
const OPTIONS = [
  "", "{ showHidden: true }", "{ sorted: true }", "{ sorted: (a, b) => (a < b ? 1 : -1) }", "{ getters: true }", "{ getters: 'get', compact: false }", "{ getters: 'set' }", "{ compact: true }", "{ compact: true, breakLength: 30 }", "{ compact: false }", "{ compact: 1 }", "{ breakLength: 25 }", "{ depth: 0 }", "{ depth: 0, showHidden: true }",
  "{ depth: null, showHidden: true, sorted: true }", "{ depth: -1 }", "{ colors: true, showHidden: true }", "{ colors: true, compact: false }", "{ maxArrayLength: 3 }", "{ maxArrayLength: 0 }", "{ maxStringLength: 4 }", "{ numericSeparator: true }", "{ customInspect: false }", "{ extra: 5 }", "true",
];
for (const options of OPTIONS) {
  // A WeakMap's entries, and a Map without its methods and bounds.
  const rows = ODD.filter((value) => !(value.includes("WeakMap") && /showHidden|^true/.test(options)) && !(value.includes("new Map([[1, 2]]), null") && /maxArrayLength: 0/.test(options)));
  sameAsNode(`util.inspect of odd values, ${options || "as it is"}`, "util", rows.map((value) => `m.inspect(${value}${options && `, ${options}`})`));
}
const STACK = "\\n    at f (file.js:1:1)\\n    at g (file.js:2:2)\\n    at h (file.js:3:3)\\n    at i (file.js:4:4)";
sameAsNode("util.inspect of errors and their classes", "util", [
  `Object.assign(new (class MyError extends Error {})('m'), { stack: 'Error: m${STACK}' })`, `Object.assign(new (class Foo extends TypeError {})('m'), { stack: 'TypeError: m${STACK}', name: 'Renamed' })`, `Object.assign(new Error('two\\nlines'), { stack: 'Error: two\\nlines${STACK}', extra: { a: 1 } })`,
  `Object.assign(new Error('m', { cause: Object.assign(new Error('c'), { stack: 'Error: c${STACK}' }) }), { stack: 'Error: m${STACK}' })`, `Object.assign(new AggregateError([1, 'x'], 'm'), { stack: 'AggregateError: m${STACK}' })`, "Object.assign(new Error('m'), { stack: 'nothing' })", "Object.assign(new Error('m'), { stack: 5 })",
  `Object.setPrototypeOf(Object.assign(new Error('m'), { stack: 'Error: m${STACK}' }), null)`, `Object.assign(new Error('m'), { stack: 'Error: m${STACK}', name: 'N', message: 'other' })`,
].flatMap((error) => ["", ", { colors: true }", ", { depth: 0 }", ", { compact: false }", ", { showHidden: true }"].flatMap((options) => [`m.inspect(${error}${options})`, `m.inspect([{ e: ${error} }]${options})`, `m.format('%s %o', ${error}, ${error})`])));
sameAsNode("util.format of each kind by each directive", "util", [
  "null", "undefined", "Symbol('s')", "5n", "-0", "'42abc'", "new Date(0)", "new Number(3)", "Object('s')", "[1, [2, [3]]]", "Object.create(null)", "{ toString: undefined }", "{ toString() { return 'own' } }", "Object.create({ toString() { return 'inherited' } })", "new (class extends Date {})(0)", "new (class A { toString() { return 'A!' } })()",
  "{ [Symbol.toPrimitive]() { return 7 } }", "() => {}", "class A {}", "new Map([[1, { a: 1 }]])", "{ toJSON() { return 'json' } }", "true",
].flatMap((value) => [..."sdifjoO"].map((code) => `m.format('%${code}|', ${value})`)));
sameAsNode("messages of errors that quote values", "buffer", [
  "m.Buffer.alloc(3, '\\t-\\n', 'base64')", "m.Buffer.from('a').fill('a', 1.5)", "m.Buffer.from('a').fill('a', -1.5)", "m.Buffer.from('abc').toString({ a: [1] })", "m.Buffer.from('abc').toString([])", "m.Buffer.alloc(3).fill(new Uint16Array([1, 258]))", "m.Buffer.from(5)", "m.Buffer.from({ a: 1 })", "m.Buffer.concat(['x'.repeat(200)])", "m.Buffer.concat([\"it's\"])",
  "m.Buffer.alloc('a\\nb')", "m.transcode(m.Buffer.from('\\u00e9\\u20ac'), undefined, 'latin1')", "m.Buffer.alloc(2).readUInt8('x')", "m.Buffer.alloc(2).writeUInt8(1e10)", "m.Buffer.alloc(2).writeInt8(-129)",
]);
sameAsNode("parseArgs, deprecate, getSystemErrorName", "util", [
  "m.parseArgs({ args: ['--=x', '--a=b=c'], strict: false })", "m.parseArgs({ options: { a: { type: 'bad' } } })", "m.parseArgs({ options: { a: {} } })", "m.deprecate(function f() {}, 'old').name", "m.getSystemErrorName('x')", "m.getSystemErrorName(1)", "m.getSystemErrorName(-2)", "m.isDeepStrictEqual(new Date(NaN), new Date(NaN))", "m.transferableAbortSignal(1)",
]);
