import { sameAsNode, sameNames } from "../../node_module.mjs";

sameNames("assert", ["CallTracker"]);
sameNames("assert/strict", ["CallTracker"]);

const PAIRS = [
  "1, 1", "1, '1'", "null, undefined", "NaN, NaN", "0, -0", "'a', 'b'", "{ a: 1 }, { a: 1 }", "{ a: 1 }, { a: '1' }", "[1, 2], [1, 2]", "[1, , 2], [1, undefined, 2]", "[1], { 0: 1 }", "{ a: undefined }, {}",
  "new Date(0), new Date(0)", "new Date(0), new Date(1)", "/a/g, /a/i", "/a/, /a/", "new Map([[1, 2]]), new Map([[1, 2]])", "new Map([[{ a: 1 }, 2]]), new Map([[{ a: 1 }, 2]])", "new Map([[1, 2]]), new Map([['1', 2]])",
  "new Set([1, { a: 1 }]), new Set([{ a: 1 }, 1])", "...((f, o) => [new Set([f, o, 1n]), new Set([1n, o, f])])(() => {}, { a: 1 })", "new Set([1]), new Set(['1'])", "new Set([1, 2]), new Set([1, 3])", "new Uint8Array([1, 2]), new Uint8Array([1, 2])", "new Uint8Array([1]), new Int8Array([1])", "new Float32Array([0]), new Float32Array([-0])",
  "new Error('a'), new Error('a')", "new Error('a'), new Error('b')", "new Error('a'), new TypeError('a')", "Object(1), Object(1)", "Object(1), Object(2)", "Object('a'), Object('a')", "Object('a'.repeat(1e5)), Object('a'.repeat(1e5))", "Object('a'.repeat(1e5)), Object.assign(Object('a'.repeat(1e5)), { x: 1 })", "Object(1), 1", "() => {}, () => {}",
  "Object.create(null), {}", "Object.create({ x: 1 }), {}", "{ [Symbol.for('a')]: 1 }, { [Symbol.for('a')]: 1 }", "{ [Symbol.for('a')]: 1 }, {}", "Symbol('a'), Symbol('a')", "1n, 1n", "1n, 1", "new ArrayBuffer(1), new ArrayBuffer(1)", "new ArrayBuffer(1), new ArrayBuffer(2)",
  "(() => { const a = {}; a.self = a; return a })(), (() => { const a = {}; a.self = a; return a })()", "[[[1]]], [[[2]]]", "new (class A { x = 1 })(), new (class B { x = 1 })()", "Promise.resolve(1), Promise.resolve(1)", "{ a: NaN }, { a: NaN }", "[NaN], [NaN]", "'', 0", "null, {}", "[], ''",
  "(function () { return arguments })(1), [1]", "{ a: 1, b: 2 }, { b: 2, a: 1 }", "Object.assign([1], { x: 1 }), [1]", "new Map([[NaN, 1]]), new Map([[NaN, 1]])", "new Set([[1], [2]]), new Set([[2], [1]])", "true, 1",
];
const outcome = (name, pair) => `{ let r = 'holds'; try { m.${name}(${pair}) } catch (e) { r = [e.code, e.operator, e.generatedMessage] } return r }`;
for (const name of ["equal", "strictEqual", "deepEqual", "deepStrictEqual", "notEqual", "notStrictEqual", "notDeepEqual", "notDeepStrictEqual"]) {
  sameAsNode(`assert.${name}`, "assert", PAIRS.map((pair) => outcome(name, pair)));
}
sameAsNode("assert: messages", "assert", [
  "m.equal(1, 2)", "m.strictEqual(1, 2)", "m.strictEqual('a', 'b')", "m.notEqual(1, 1)", "m.notStrictEqual(1, 1)", "m.ok(0, 'no')", "m.fail()", "m.fail('x')", "m.fail(new TypeError('own'))", "m.equal(1, 2, 'message')", "m.equal(1, 2, new RangeError('own'))",
  "m.equal(1)", "m()", "m.ok()", "m.ifError(null)", "m.ifError(new Error('x'))", "m.ifError('x')", "m.match('abc', /x/)", "m.match('abc', /a/)", "m.match(1, /x/)", "m.doesNotMatch('abc', /a/)", "m.match('a', 'a')",
]);
sameAsNode("assert.throws and rejects", "assert", [
  "m.throws(() => { throw new TypeError('x') }, TypeError)", "m.throws(() => { throw new TypeError('x') }, RangeError)", "m.throws(() => {})", "m.throws(() => {}, TypeError, 'msg')", "m.throws(() => { throw new Error('abc') }, /b/)", "m.throws(() => { throw new Error('abc') }, /x/)",
  "m.throws(() => { throw Object.assign(new Error('m'), { code: 1 }) }, { message: 'm', code: 1 })", "m.throws(() => { throw new Error('m') }, { message: /^m/, name: 'Error' })", "{ try { m.throws(() => { throw new Error('m') }, { message: 'n' }) } catch (e) { return [e.code, e.operator, e.message.includes('n')] } }",
  "m.throws(() => { throw new Error('m') }, (e) => e.message === 'm')", "m.throws(() => { throw new Error('m') }, () => false)", "m.throws(1)", "m.throws(() => { throw new Error('m') }, 'm')", "m.throws(() => { throw new Error('m') }, {})", "m.throws(() => { throw new Error('m') }, 1)",
  "m.rejects(Promise.reject(new Error('x')), /x/)", "m.rejects(Promise.resolve(1))", "m.rejects(async () => { throw new TypeError('y') }, TypeError)", "m.rejects(() => 1)", "m.rejects(1)", "m.doesNotThrow(() => { throw new Error('x') })", "m.doesNotThrow(() => {})", "m.doesNotReject(Promise.reject(new Error('x')), 'why')", "m.doesNotThrow(() => { throw new Error('x') }, TypeError)",
]);
sameAsNode("assert.AssertionError", "assert", [
  "const e = new m.AssertionError({ actual: 1, expected: 2, operator: 'strictEqual' }); return [e.name, e.code, e.message, e.generatedMessage, String(e), Object.keys(e).sort(), e.stack.split('\\n')[0]]",
  "new m.AssertionError()", "m.strict.strict === m.strict", "m.strict.equal === m.strictEqual", "new m.AssertionError({ message: 'x' }).message",
  ["try { m.strictEqual({ a: 1 }, { a: 1 }) } catch (e) { return e.message }", "Values have same structure but are not reference-equal:\n\n{\n  a: 1\n}\n"],
  ["try { m(0) } catch (e) { return [e.message, e.generatedMessage] }", ["The expression evaluated to a falsy value", true]],
  ["try { m.partialDeepStrictEqual({ a: 1, b: { c: [1, 2] } }, { b: { c: [2] } }); m.partialDeepStrictEqual({ a: 1 }, { b: 1 }) } catch (e) { return e.code }", "ERR_ASSERTION"],
  ["try { m.deepStrictEqual(Array.from({ length: 2000 }, (_, i) => i), []) } catch (e) { return e.message.length < 5000 }", true],
]);

// What is said of two values that are not as they should be.
const numbers = (length, odd) => `Array.from({ length: ${length} }, (_, i) => (${odd}.includes(i) ? 'odd' : i))`;
const DIFFERENT = [
  "{ a: 1, b: [1, 2] }, { a: 1, b: [1, 3] }", "1, 2", "'a', 'b'", "'the same start and a', 'the same start and b'", "[1, 2, 3], [1, 2]", "[], [1]", "{}, []", "new Map([[1, { a: 1 }]]), new Map([[1, { a: 2 }]])",
  "new Set([1, 2]), new Set([2, 3])", "'x'.repeat(90), 'y'", "[-0], [0]", "() => {}, function f() {}", "new Error('a'), new Error('b')", "{ a: 1, c: 1 }, { b: 1, c: 1 }", "'two\\nlines', 'two\\nothers'", "0, -0", "null, undefined",
  "{ get a() { return 1 } }, { a: 2 }", "[[[1]]], [[[2]]]", "Object.create(null), {}", "[1, , 3], [1, undefined, 3]", "{ b: 1, a: 2 }, { a: 1, b: 2 }",
  ...[[], [0], [39], [5], [20], [3, 20], [3, 4, 30], [2, 10, 11, 12, 36]].map((odd) => `${numbers(40, "[]")}, ${numbers(40, JSON.stringify(odd))}`),
  ...[[7], [0, 99], [50]].map((odd) => `${numbers(100, "[]")}, ${numbers(80, JSON.stringify(odd))}`), `${numbers(200, "[]")}, []`, `[], ${numbers(200, "[]")}`,
];
for (const name of ["equal", "strictEqual", "deepEqual", "deepStrictEqual", "notEqual", "notStrictEqual", "notDeepEqual", "notDeepStrictEqual"]) {
  const message = (pair) => `try { m.${name}(${pair}) } catch (e) { return [e.message, e.generatedMessage] } return 'holds'`;
  const same = DIFFERENT.map((pair) => `...((value) => [value, value])(${pair.startsWith("'x'") ? "'x'" : `[${pair}][0]`})`);
  sameAsNode(`assert.${name}: what it says`, "assert", [...DIFFERENT, ...same].map(message));
}
sameAsNode("a message of the caller's above a difference", "assert", [
  "m.strictEqual(1, 2, 'm')", "m.deepStrictEqual({ a: 1 }, { a: 2 }, 'm')", "m.deepEqual(1, 2, 'm')", "m.strictEqual([1], [1], 'm')", "m.notStrictEqual(1, 1, 'm')",
]);
sameAsNode("values that are never the same, and such as always are", "assert", [
  "m.deepStrictEqual(new Date(NaN), new Date(NaN))", "m.deepStrictEqual(new WeakMap(), new WeakMap())", "m.deepStrictEqual(new WeakSet(), new WeakSet())", "m.deepStrictEqual((() => { const o = { a: 1 }; o.o = o; return o })(), (() => { const o = { a: 1 }; o.o = { a: 1, o }; return o })())",
]);
