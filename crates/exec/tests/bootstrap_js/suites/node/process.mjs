import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../../harness.mjs";
import { sameAsNode } from "../../node_module.mjs";

sameAsNode("process", "process", [
  ["[m.env.NAME, Object.keys(m.env), 'x' in m.env, m.platform, m.arch, m.cwd(), m.argv.length, m.pid, /^v22\\./.test(m.version), m.version.slice(1) === m.versions.node, m.release.name]", ["value", ["NODE_ENV", "NAME"], false, "linux", "x64", "/", 2, 1, true, true, "node"]],
  ["m.env.N = 1; m.env.U = undefined; delete m.env.NAME; return [m.env, typeof m.env.N]", [{ NODE_ENV: "production", N: "1", U: "undefined" }, "string"]],
  "m.hrtime([1])", "m.hrtime([1, 2, 3])", "m.hrtime(5)",
  "m.env.S = Symbol('x')", "Object.prototype.toString.call(m)", "m.constructor.name",
  ["const order = []; m.nextTick((a) => order.push(a), 'tick'); Promise.resolve().then(() => order.push('then')); order.push('sync'); await new Promise((r) => setTimeout(r, 1)); return order", ["sync", "tick", "then"]], "m.nextTick(1)",
  "const a = m.hrtime(), b = m.hrtime(a); return [a.length, b.length, typeof m.hrtime.bigint(), b[1] < 1e9]", "m.hrtime(1)", "[typeof m.uptime(), typeof m.memoryUsage().rss, typeof m.memoryUsage.rss()]",
  ["m.exit()"].map((code) => [`try { ${code} } catch (e) { return [e.code, e.message] }`, ["ERR_METHOD_NOT_IMPLEMENTED", "process.exit is not available here"]])[0],
  "let n = 0; m.once('own', (x) => { n += x }); return [m.emit('own', 2), m.emit('own', 2), n, m.listenerCount('own')]",
  ["[m.getBuiltinModule('node:path').sep, m.getBuiltinModule('path') === m.getBuiltinModule('node:path'), m.getBuiltinModule('internal/errors') === undefined, m.getBuiltinModule('node:xyz') === undefined]", ["/", true, true, true]],
  "m.getBuiltinModule(1)", "m.emitWarning(1)", "m.stdout.isTTY === true",
]);

test("what is written is a line of the log", async () => {
  const context = new Context({ nodejsCompat: true });
  await context.inRequest("process.stdout.write('out\\n'); process.stderr.write('%s err'); await new Promise((r) => process.stdout.write('x', r))");
  assert.deepEqual(context.logs.map(({ message }) => message), ["out", "%s err", "x"]);
});

test("a warning is a line of the log, and an event", async () => {
  const context = new Context({ nodejsCompat: true });
  const seen = await context.inRequest("const seen = []; process.on('warning', (w) => seen.push(w.name, w.message, w.code)); process.emitWarning('careful', 'Own', 'C1'); process.emitWarning('plain'); await null; await null; return JSON.stringify(seen)");
  assert.equal(seen, JSON.stringify(["Own", "careful", "C1", "Warning", "plain", undefined]));
  assert.deepEqual(context.logs.map(({ message }) => message), ["[C1] Own: careful", "Warning: plain"]);
});

test("the globals of Node.js are there only for who asks, and are made when they are touched", async () => {
  const names = ["process", "global", "setImmediate", "clearImmediate"];
  assert.deepEqual(names.map((name) => new Context().eval(`typeof ${name}`)), names.map(() => "undefined"));
  const context = new Context({ nodejsCompat: true });
  for (const name of names) {
    const { get, enumerable, configurable } = context.eval(`Object.getOwnPropertyDescriptor(globalThis, '${name}')`);
    assert.deepEqual([typeof get, enumerable, configurable], [name === "global" ? "undefined" : "function", false, true]);
  }
  assert.equal(context.eval("global === globalThis && process.env.NAME"), "value");
  assert.equal(context.eval("process"), context.builtIn("process"));
  assert.equal(context.eval("setImmediate = 1; setImmediate"), 1);
  assert.equal(await context.inRequest("return new Promise((r) => (0, global.clearImmediate)(r) ?? r('cleared'))"), "cleared");
});
