// Objects of the host in env.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../harness.mjs";

async function calling(body) {
  const context = new Context();
  context.module(`{ async task(task, env, ctx) { ${body} } }`);
  const id = await context.task("t", "null", 1);
  const result = () => JSON.parse(context.event(id, "complete").json);
  return { context, id, result };
}

test("a method of a binding is one operation, with JSON or bytes", async () => {
  const { context, id, result } = await calling(`
    const text = await env.KV.get("key", { a: 1 }, undefined, new Uint8Array([1, 2]), new ArrayBuffer(3));
    const bytes = await env.KV.put();
    return [text, bytes instanceof Uint8Array, bytes.length];`);
  const [get] = context.calls;
  assert.deepEqual([get.request, get.binding, get.method], [id, 0, 0]);
  assert.deepEqual(get.args.slice(0, 3), ['"key"', '{"a":1}', "null"]);
  assert.deepEqual([...get.args[3]], [1, 2]);
  assert.equal(get.args[4].length, 3);
  await context.settleBinding(get, { json: '{"x":[1]}' });
  const put = context.calls[1];
  assert.deepEqual([put.method, put.args], [1, []]);
  await context.settleBinding(put, { bytes: new Uint8Array([7, 8]) });
  assert.deepEqual(result(), [{ x: [1] }, true, 2]);
});

test("an error of a binding rejects with its message", async () => {
  const { context, result } = await calling(`
    const of = (promise) => promise.catch((error) => [error.name, error.message]);
    const cycle = {}; cycle.cycle = cycle;
    return [await of(env.KV.get("a")), (await of(env.KV.get(cycle)))[0], (await of(env.KV.get(1n)))[0]];`);
  await context.settleBinding(context.calls[0], { error: "no such key" });
  assert.deepEqual(result(), [["Error", "no such key"], "TypeError", "TypeError"]);
  assert.equal(context.calls.length, 1);
});

test("what a binding looks like", async () => {
  const { result } = await calling(`
    return [Object.keys(env), Object.isFrozen(env.KV), env.KV.get.name, typeof env.KV.delete, env.KV.then === undefined,
      (() => { try { new env.KV.get() } catch (error) { return error.name } })()];`);
  assert.deepEqual(result(), [["NAME", "KV"], true, "get", "undefined", true, "TypeError"]);
});

test("a call is refused outside of a request, and rejected with its request", async () => {
  const context = new Context();
  context.module("{ task(task, env) { globalThis.kv = env.KV; kv.get(1).catch((error) => { globalThis.ended = error.name }); return 1 } }");
  const id = await context.task("t", "null", 1);
  assert.equal(context.calls.length, 1);
  await context.end(id);
  assert.equal(context.eval("ended"), "AbortError");
  assert.throws(() => context.eval("kv.get(2)"), /global scope/);
  // Its end comes too late.
  await context.settleBinding(context.calls[0], { json: "1" });
  context.refusing = true;
  assert.equal(await context.inRequest("return kv.get(3).catch((error) => error.message)"), "too many operations");
});

test("patched built-ins see nothing of a call", async () => {
  const { context, result } = await calling(`
    const seen = [];
    Object.defineProperty(Array.prototype, 0, { set(value) { seen.push(value) }, get() { return "forged" }, configurable: true });
    Array.prototype[Symbol.iterator] = function* () { seen.push("iterated") };
    JSON.stringify = () => { seen.push("stringified"); return "1" };
    Function.prototype.apply = () => seen.push("applied");
    const answer = env.KV.get("key");
    delete Array.prototype[0];
    return { answer: await answer, seen: seen.length };`);
  assert.deepEqual(context.calls[0].args, ['"key"']);
  await context.settleBinding(context.calls[0], { json: '"value"' });
  assert.deepEqual(result(), { answer: "value", seen: 0 });
});
