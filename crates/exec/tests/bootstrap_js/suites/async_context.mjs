// AsyncLocalStorage and AsyncResource, which modules export.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../harness.mjs";

// Evaluates the body of an async function in a request, with the two classes as globals.
async function value(code) {
  const context = new Context();
  const { AsyncLocalStorage, AsyncResource } = context.internals.asyncContext;
  Object.assign(context.eval("globalThis"), { AsyncLocalStorage, AsyncResource });
  context.eval("globalThis.als = new AsyncLocalStorage()");
  context.module(`{ fetch: async () => Response.json(await (async () => { ${code} })()) }`);
  const id = await context.fetch();
  await context.advance(50);
  const failure = context.event(id, "fail")?.error;
  assert.equal(failure, undefined, `${code}: ${failure?.stack}`);
  return JSON.parse(context.event(id, "respond").body);
}

const rows = [
  ["return [als.getStore() === undefined, als.run(1, () => als.getStore()), als.getStore() === undefined]", [true, 1, true]],
  ["return als.run(1, (a, b) => [als.getStore(), a, b], 2, 3)", [1, 2, 3]],
  ["return als.run(1, async () => { await null; const r = [als.getStore()]; await new Promise((resolve) => setTimeout(resolve, 1)); r.push(als.getStore()); return r })", [1, 1]],
  ["const other = new AsyncLocalStorage(); return als.run(1, () => other.run(2, () => als.run(3, () => [als.getStore(), other.getStore(), als.exit(() => als.getStore() === undefined && other.getStore())])))", [3, 2, 2]],
  ["try { als.run(1, () => { throw 1 }) } catch {} return als.getStore() === undefined", true],
  ["als.enterWith(5); await null; const a = als.getStore(); als.enterWith(6); await null; return [a, als.getStore()]", [5, 6]],
  ["return als.run(1, async () => { als.disable(); const r = als.getStore() === undefined; await null; return [r, als.getStore() === undefined] })", [true, true]],
  ["const seen = []; await als.run(1, () => new Promise((resolve) => { setTimeout((x) => seen.push(als.getStore(), x), 1, 'x'); queueMicrotask(() => seen.push(als.getStore())); const i = setInterval(() => { seen.push(als.getStore()); clearInterval(i); resolve() }, 3) })); return [seen, als.getStore() === undefined]", [[1, 1, "x", 1], true]],
  ["const bound = als.run(1, () => AsyncLocalStorage.bind(function (a) { return [als.getStore(), a, this.x] })); return als.run(2, () => [...bound.call({ x: 3 }, 4), bound.length, als.getStore()])", [1, 4, 3, 1, 2]],
  ["const snapshot = als.run(1, () => AsyncLocalStorage.snapshot()); return als.run(2, () => [snapshot((a) => [als.getStore(), a], 5), als.getStore()])", [[1, 5], 2]],
  ["class R extends AsyncResource { constructor() { super('R') } } const r = als.run(1, () => new R()); return [r.runInAsyncScope(function (a) { return [als.getStore(), this.y, a] }, { y: 2 }, 3), r.bind(() => als.getStore())(), r.asyncId() > 0, r.emitDestroy() === r, als.getStore() === undefined]", [[1, 2, 3], 1, true, true, true]],
  ["return als.run(1, () => AsyncResource.bind(() => als.getStore()))()", 1],
  ["const d = new AsyncLocalStorage({ defaultValue: 7, name: 'n' }); return [d.getStore(), d.name, d.run(undefined, () => d.getStore() === undefined), d.exit(() => d.getStore() === undefined), als.name]", [7, "n", true, true, ""]],
  ["const errors = []; for (const f of [() => AsyncLocalStorage.bind(1), () => new AsyncResource(), () => als.getStore.call({}), () => als.run(1), () => AsyncLocalStorage.prototype.enterWith.call({}, 1)]) try { f(); errors.push('none') } catch (e) { errors.push(e.name) } return errors", ["TypeError", "TypeError", "TypeError", "TypeError", "TypeError"]],
  ["const t = new EventTarget(); const seen = []; als.run(1, () => t.addEventListener('x', () => seen.push(als.getStore()))); als.run(2, () => t.dispatchEvent(new Event('x'))); return seen", [2]],
  ["const c = new MessageChannel(); const d = als.run('made', () => new MessageChannel()); const seen = []; const got = (port, n) => als.run('listens', () => new Promise((resolve) => { port.onmessage = (e) => { seen.push([e.data, als.getStore() ?? null]); if (e.data === n) resolve() } })); const both = [got(c.port2, 3), got(d.port2, 3)]; for (const { port1 } of [c, d]) { als.run('a', () => port1.postMessage(1)); als.run('b', () => port1.postMessage(2)); port1.postMessage(3) } await Promise.all(both); return [seen.length, new Set(seen.map(String)).size, ...seen.slice(0, 3), als.getStore() === undefined]", [6, 3, [1, "a"], [2, "b"], [3, null], true]],
  ["const a = new BroadcastChannel('x'), b = new BroadcastChannel('x'); const seen = []; const done = new Promise((resolve) => { b.onmessage = (e) => { seen.push(als.getStore() ?? null); Promise.resolve().then(() => { seen.push(als.getStore() ?? null); if (e.data === 2) resolve() }) } }); als.run(1, () => a.postMessage(1)); a.postMessage(2); await done; a.close(); b.close(); return seen", [1, 1, null, null]],
  ["const { port1, port2 } = new MessageChannel(); const closed = new Promise((resolve) => { port2.onclose = () => resolve(als.getStore()) }); als.run(1, () => port1.close()); return closed", 1],
  ["const { port1, port2 } = new MessageChannel(); als.run(1, () => port1.postMessage(0)); return new Promise((resolve) => als.run(2, () => { port2.onmessage = () => resolve(als.getStore()) }))", 1],
  ["return [typeof globalThis.AsyncLocalStorage, Object.prototype.toString.call(als)]", ["function", "[object AsyncLocalStorage]"]],
  ["const gate = Promise.withResolvers?.() ?? (() => { const g = {}; g.promise = new Promise((r) => { g.resolve = r }); return g })(); const seen = als.run(1, () => gate.promise.then(() => als.getStore())); als.run(2, gate.resolve); return seen", 1],
  ["const all = []; for (let i = 0; i < 50; i++) all.push(new AsyncLocalStorage()); const nested = (i) => i === 50 ? all.reduce((sum, s) => sum + s.getStore(), 0) : all[i].run(i, () => nested(i + 1)); return [nested(0), all[3].getStore() === undefined]", [1225, true]],
];

for (const [code, expected] of rows) {
  test(`AsyncLocalStorage: ${code.slice(0, 60)}`, async () => assert.deepEqual(await value(code), expected));
}

test("what a storage holds does not change whose code it is", async () => {
  const context = new Context();
  const { AsyncLocalStorage } = context.internals.asyncContext;
  context.eval("globalThis").als = context.inRealm(new AsyncLocalStorage());
  context.module("{ async fetch(request) { return als.run(request.url, async () => { await new Promise((r) => setTimeout(r, 5)); await fetch(als.getStore()); setTimeout(() => {}, 100); return new Response(als.getStore()) }) } }");
  const first = await context.fetch({ url: "http://one/" });
  const second = await context.fetch({ url: "http://two/" });
  await context.advance(10);
  assert.deepEqual(context.fetches.map((op) => [op.request, op.url]), [[first, "http://one/"], [second, "http://two/"]]);
  await context.settleFetch(context.fetches[1]);
  await context.settleFetch(context.fetches[0]);
  assert.deepEqual([context.event(first, "respond").body, context.event(second, "respond").body], ["http://one/", "http://two/"]);
  assert.deepEqual([...context.timers.values()].map((timer) => timer.request), [second, first]);
});

test("nobody finds the classes without the module", () => {
  const context = new Context();
  assert.equal(context.eval("typeof AsyncLocalStorage + typeof AsyncResource"), "undefinedundefined");
});
