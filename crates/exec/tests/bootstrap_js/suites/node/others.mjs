import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../../harness.mjs";
import { sameAsNode, sameNames } from "../../node_module.mjs";

for (const name of ["console", "os", "perf_hooks", "punycode"]) sameNames(name, ["_stderr", "_stdout", "_stdoutErrorHandler", "_stderrErrorHandler", "_ignoreErrors", "_times", "context", "createTask", "profile", "profileEnd", "timeStamp", "PerformanceResourceTiming", "PerformanceNodeTiming"]);
sameNames("module", ["Module", "SourceMap", "constants", "enableCompileCache", "flushCompileCache", "getCompileCacheDir", "globalPaths", "runMain"].concat(["_debug", "_findPath", "_initPaths", "_nodeModulePaths", "_pathCache", "_preloadModules", "_resolveLookupPaths", "_stat", "_readPackage"]));

sameAsNode("punycode", "punycode", [
  "['ma\\u00f1ana', '\\u2603-\\u2318', 'b\\u00fccher', '\\u4ed6\\u4eec', 'a', '', '\\u{1F600}x'].map((t) => [m.encode(t), m.decode(m.encode(t))])", "[m.toASCII('ma\\u00f1ana.com'), m.toASCII('a@b\\u00fc.de'), m.toUnicode('xn--maana-pta.com'), m.ucs2.decode('\\u{1F600}a'), m.ucs2.encode([0x61, 0x1f600])]", "m.decode('\\u0080-x')", "m.decode('x-\\u0081')",
]);
sameAsNode("os", "os", [
  "[m.EOL, m.constants.signals.SIGTERM, m.constants.errno.ENOENT, m.devNull]", ["[m.platform(), `${m.platform}`, m.homedir(), m.cpus(), m.tmpdir()]", ["linux", "linux", "/", [], "/tmp"]],
]);
sameAsNode("module", "module", [
  ["[m.isBuiltin('fs'), m.isBuiltin('node:path'), m.isBuiltin('x'), m.builtinModules.includes('events'), m.createRequire('file:///x.js')('path').sep]", [true, true, false, true, "/"]],
  ["try { m.createRequire('/x')('left-pad') } catch (e) { return e.code }", "MODULE_NOT_FOUND"], "m.createRequire(1)",
]);
sameAsNode("perf_hooks", "perf_hooks", ["m.performance === performance", "typeof m.performance.now()"]);
sameAsNode("Console", "console", [
  ["const out = [], s = { write: (x) => out.push(x) }; const c = new m.Console(s, { write: (x) => out.push('E' + x) }); c.log('a %s', 1); c.error('e'); c.group('g'); c.log('x\\ny'); c.groupEnd(); c.dir({ a: 1 }); c.assert(false, 'no'); c.count(); c.count('k'); return out", ["a 1\n", "Ee\n", "g\n", "  x\n  y\n", "{ a: 1 }\n", "EAssertion failed: no\n", "default: 1\n", "k: 1\n"]],
  "new m.Console()",
  ...[
    "[{ a: 1, b: 2 }, { a: 3, c: 'x' }]", "[[1, 2], [3]]", "5", "'text'", "null", "undefined", "() => {}", "[]", "{}", "[1, 'a', null, undefined, Symbol('s')]",
    "[{ a: 1 }, 5, { b: { c: 1 } }]", "{ x: { a: 1 }, y: { a: { b: 1, c: 2, d: 3 } } }", "[{ a: [1, 2, 3, 4, 5] }]", "[{ f() {}, n: -0, d: 1n }]",
    "new Map([['k', 1], [{ a: 1 }, [1]]])", "new Map([[[1], [2, 3]]])", "new Set([1, 'b', { c: 1 }])",
    "[{ '\u5b57': '\u5b57\u5b57', e: '\u{1F600}' }, { e: 'e\u0301' }]", "new Uint8Array([1, 2])", "[{ a: 1, b: 2 }], ['b']", "[{ a: 1, b: 2 }, 5], ['b', 'zz']", "[{ a: 1 }], 'a'", "[{ a: 1 }], []", "Object.create({ inherited: 1 })", "[function f() {}]",
  ].map((data) => `const out = [], s = { write: (x) => out.push(x), on() {}, once() {}, removeListener() {}, listenerCount: () => 0 }; new m.Console(s).table(${data}); return out`),
  "const out = [], s = { write: (x) => out.push(x), on() {}, once() {}, removeListener() {}, listenerCount: () => 0 }; const c = new m.Console({ stdout: s, groupIndentation: 3 }); c.group('g'); c.table([1]); c.clear(); return out",
  ...["colorMode: 5", "groupIndentation: 'x'", "groupIndentation: 5000", "groupIndentation: 1.5", "groupIndentation: -1", "inspectOptions: 5"].map((option) => `new m.Console({ stdout: { write() {} }, ${option} })`),
]);

test("cloudflare:workers", async () => {
  const context = new Context();
  Object.assign(context.eval("globalThis"), { w: context.builtIn("cloudflare:workers") });
  const mask = context.module("class extends (class Base extends w.WorkerEntrypoint { async fetch(request) { return new Response([this.env.NAME, typeof this.ctx.waitUntil, request.url, (this.n = (this.n ?? 0) + 1)].join()) } }) { task(task) { return [task.id, this.env === w.env] } }");
  assert.equal(mask, 5);
  assert.equal(context.event(await context.fetch(), "respond").body, "value,function,http://x.test/,1");
  assert.equal(context.event(await context.fetch(), "respond").body, "value,function,http://x.test/,1");
  assert.equal(context.event(await context.task("t", "1", 1), "complete").json, '["t",true]');
  assert.throws(() => context.eval("new w.DurableObject()"), { message: "DurableObject is not available here: there are no durable objects" });
  for (const name of ["RpcStub", "RpcPromise", "RpcProperty", "ServiceStub"]) {
    assert.equal(context.eval(`({}) instanceof w.${name}`), false);
    assert.throws(() => context.eval(`new w.${name}()`), { message: /^\w+ is not available here/ });
  }
  assert.throws(() => context.builtIn("cloudflare:sockets").connect("x"), { message: /^cloudflare:sockets is not available here/ });
  context.module("{ fetch() { w.waitUntil(new Promise((r) => { globalThis.end = r })); return new Response('x') } }");
  const id = await context.fetch();
  assert.equal(context.event(id, "done"), undefined);
  context.run(id, () => context.eval("end()"));
  await context.settled();
  assert.ok(context.event(id, "done"));
});

test("a function that is no entrypoint is a fetch handler", async () => {
  const context = new Context();
  context.builtIn("cloudflare:workers");
  assert.equal(context.module("() => new Response('plain')"), 1);
  assert.equal(context.event(await context.fetch(), "respond").body, "plain");
});

test("a key is told from what looks like one", async () => {
  const context = new Context();
  Object.assign(context.eval("globalThis"), { types: context.builtIn("util/types") });
  assert.equal(context.eval("types.isCryptoKey({})"), false);
  const seen = await context.inRequest("const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign']); return JSON.stringify([types.isCryptoKey(key), types.isCryptoKey(Object.create(key)), types.isCryptoKey(1)])");
  assert.equal(seen, "[true,false,false]");
});
