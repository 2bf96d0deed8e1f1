// caches: what JavaScript makes of the store.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../harness.mjs";
import { table, throws } from "../tables.mjs";

table("what is there", [
  ["[typeof caches, caches instanceof CacheStorage, caches.default instanceof Cache, caches.default === caches.default]", ["object", true, true, true]],
  ["String(caches)", "[object CacheStorage]"],
  ["Object.getOwnPropertyNames(Cache.prototype).sort().join()", "add,addAll,constructor,delete,keys,match,matchAll,put"],
  ["Object.getOwnPropertyNames(CacheStorage.prototype).sort().join()", "constructor,default,delete,has,keys,match,open"],
  ["[Cache.length, Cache.prototype.match.length, Cache.prototype.put.length, Cache.prototype.addAll.length, CacheStorage.prototype.open.length]", [0, 1, 2, 1, 1]],
  ["new Cache()", throws("TypeError")],
  ["new CacheStorage()", throws("TypeError")],
  ["await Cache.prototype.match.call({}, 'http://a/'); return 1", throws("TypeError")],
  ["await CacheStorage.prototype.keys.call({}); return 1", throws("TypeError")],
]);

table("caches by their names", [
  ["await caches.keys()", []],
  ["[await caches.has('a'), await caches.open('b') instanceof Cache, (await caches.open('a')) === (await caches.open('a'))]", [false, true, false]],
  ["await caches.keys()", ["b", "a"]],
  ["await caches.open(1); return [await caches.has('1'), await caches.delete(1), await caches.delete('1')]", [true, true, false]],
  ["await caches.open(); return 1", throws("TypeError")],
  ["const c = await caches.open('c'); await c.put('http://a/', new Response('x')); return [await (await caches.match('http://a/')).text(), (await caches.match('http://a/', { cacheName: 'a' })) ?? null, await (await caches.match('http://a/', { cacheName: 'c' })).text()]", ["x", null, "x"]],
  ["(await caches.default.match('http://a/')) ?? null", null],
]);

const KEPT = `const c = await caches.open("k"); const U = "http://a/x"; const put = (url, ...args) => c.put(url, new Response(...args));`;
table("put and match", [
  [`${KEPT} await put(U, "one", { status: 201, statusText: "Mine", headers: { "x-a": "1" } }); const r = await c.match(U); return [r.status, r.statusText, r.headers.get("x-a"), await r.text(), r.type, r.url]`, [201, "Mine", "1", "one", "default", ""]],
  [`${KEPT} await put(U, "two"); return [await (await c.match(U)).text(), (await c.matchAll()).length, await (await c.match(new Request(U))).text(), await (await c.match(U + "#f")).text()]`, ["two", 1, "two", "two"]],
  [`${KEPT} const r = await c.match(U); r.headers.set("a", "b"); return 1`, throws("TypeError")],
  [`${KEPT} return (await c.match(U + "?q")) ?? null`, null],
  [`${KEPT} return (await c.match(U + "?q", { ignoreSearch: true })).status`, 200],
  [`${KEPT} return (await c.match(new Request(U, { method: "HEAD" }))) ?? null`, null],
  [`${KEPT} return (await c.match(new Request(U, { method: "POST" }), { ignoreMethod: true })).status`, 200],
  [`${KEPT} return [await c.matchAll(new Request(U, { method: "POST" })), await c.keys(new Request(U, { method: "POST" })), await c.delete(new Request(U, { method: "POST" }))]`, [[], [], false]],
  [`${KEPT} return [Object.isFrozen(await c.keys()), Object.isFrozen(await c.matchAll())]`, [true, true]],
  [`${KEPT} const r = new Response("used"); await c.put(U, r); return [r.bodyUsed, await put(U, null) ?? null, await (await c.match(U)).text()]`, [true, null, ""]],
  [`${KEPT} return [await c.delete(U), await c.delete(U), (await c.match(U)) ?? null]`, [true, false, null]],
  [`${KEPT} const h = (a) => ({ headers: { "x-a": a } }); for (const a of "ab") await c.put(new Request(U, h(a)), new Response(a, { headers: { vary: "X-A, x-b" } })); const got = async (a, o) => (await c.match(new Request(U, h(a)), o))?.text() ?? null; return [await got("a"), await got("b"), await got("c"), await got("c", { ignoreVary: true }), (await c.keys()).map((r) => r.headers.get("x-a"))]`, ["a", "b", null, "a", ["a", "b"]]],
  [`${KEPT} const [k] = await c.keys(U, { ignoreVary: true }); return [k instanceof Request, k.url, k.method]`, [true, "http://a/x", "GET"]],
  [`${KEPT} const r = Response.json({ a: 1 }); await c.put(U + "/j", r); return (await c.match(U + "/j")).headers.get("content-type")`, "application/json"],
  [`${KEPT} const r = new Response("x"); await r.text(); await c.put(U, r); return 1`, throws("TypeError")],
  [`${KEPT} const r = new Response("x"); r.body.getReader(); await c.put(U, r); return 1`, throws("TypeError")],
  [`${KEPT} await put(new Request(U, { method: "POST" }), "x"); return 1`, throws("TypeError")],
  [`${KEPT} await put("data:,x", "x"); return 1`, throws("TypeError")],
  [`${KEPT} await put("relative", "x"); return 1`, throws("TypeError")],
  [`${KEPT} await put(U, "x", { status: 206 }); return 1`, throws("TypeError")],
  [`${KEPT} await put(U, "x", { headers: { vary: "a, *" } }); return 1`, throws("TypeError")],
  [`${KEPT} await c.put(U, "x"); return 1`, throws("TypeError")],
  [`${KEPT} await c.match(U, 1); return 1`, throws("TypeError")],
]);

test("a body that streams is kept when all of it has come", async () => {
  const context = new Context();
  const answer = context.inRequest(`
    let source; const stream = new ReadableStream({ start(c) { source = c } });
    const put = caches.default.put("http://a/", new Response(stream));
    source.enqueue(new Uint8Array([65])); source.close();
    const before = await caches.default.match("http://a/");
    await put;
    return [before === undefined, await (await caches.default.match("http://a/")).text()].join();`);
  await context.settled();
  const [put] = context.puts;
  assert.deepEqual(context.bodies.get(put.body), { chunks: ["A"], ended: true, error: undefined });
  put.keep(new TextEncoder().encode("A"));
  context.run(put.request, () => context.exports.settleRead(put.id, null, null));
  assert.equal(await answer, "true,A");
});

test("a body that fails rejects, and one that is not wanted is cancelled", async () => {
  const context = new Context();
  const answer = context.inRequest(`
    let cancelled = null; const stream = new ReadableStream({ cancel(reason) { cancelled = reason.name } });
    await caches.default.put("http://a/n", new Response(stream, { headers: { "cache-control": "no-store" } }));
    const failing = new ReadableStream({ pull() { throw new Error("mine") } });
    const failed = await caches.default.put("http://a/", new Response(failing)).catch((error) => error.message);
    return [cancelled, failed, await caches.default.match("http://a/")].join();`);
  await context.settled();
  const [put] = context.puts;
  assert.deepEqual(context.bodies.get(put.body), { chunks: [], ended: true, error: "its stream failed" });
  context.run(put.request, () => context.exports.settleRead(put.id, "the body broke off", null));
  assert.equal(await answer, "AbortError,mine,");
});

test("a body that the host has is given back as it is", async () => {
  const context = new Context();
  const answer = context.inRequest(`
    const response = await fetch("http://a/");
    await caches.default.put("http://a/", response);
    return [response.bodyUsed, (await caches.default.match("http://a/")).url].join();`);
  await context.settled();
  await context.settleFetch(context.fetches[0], { body: 77 });
  const [put] = context.puts;
  assert.equal(put.body, 77);
  put.keep(new TextEncoder().encode("A"));
  context.run(put.request, () => context.exports.settleRead(put.id, null, null));
  assert.equal(await answer, "true,http://a/");
});

test("add fetches, and addAll keeps all or nothing", async () => {
  const context = new Context();
  const adding = (code, answers) => {
    context.fetches.length = 0;
    const result = context.inRequest(`
      const cache = await caches.open("adds");
      const failed = await (${code}).then(() => "", (error) => error.name);
      return [failed, (await cache.keys()).map(({ url }) => url.slice(-1)).join("")].join();`);
    return context.settled().then(async () => {
      for (const [i, answer] of answers.entries()) await context.settleFetch(context.fetches[i], answer);
      return result;
    });
  };
  assert.equal(await adding("cache.add('http://a/1')", [{ body: "x" }]), ",1");
  assert.equal(await adding("cache.add('http://a/2')", [{ status: 404, body: "x" }]), "TypeError,1");
  assert.equal(await adding("cache.add('http://a/2')", [{ error: "no" }]), "TypeError,1");
  assert.equal(await adding("cache.add('http://a/2')", [{ status: 206, body: "x" }]), "TypeError,1");
  assert.equal(await adding("cache.addAll(['http://a/2', 'http://a/3'])", [{ body: "x" }, { status: 500 }]), "TypeError,1");
  assert.equal(await adding("cache.addAll(['http://a/2', new Request('http://a/3')])", [{ body: "x" }, { body: "y" }]), ",123");
  assert.equal(await adding("cache.addAll(['http://a/4', 'http://a/4#f'])", [{ body: "x" }, { body: "y" }]), "InvalidStateError,123");
  assert.equal(await adding("cache.addAll([])", []), ",123");
  for (const bad of ["'http://a/'", "[new Request('http://a/5', { method: 'POST' })]", "['data:,x']", ""]) {
    assert.equal(await adding(`cache.addAll(${bad})`, []), "TypeError,123", bad);
    assert.equal(context.fetches.length, 0);
  }
});

test("nothing is reached outside of a request", async () => {
  const context = new Context();
  for (const code of ["caches.open('a')", "caches.default.match('http://a/')", "caches.default.put('http://a/', new Response())"]) {
    await assert.rejects(context.eval(code), /global scope/);
  }
});

test("a guest's prototypes change nothing", async () => {
  const context = new Context();
  context.eval(`
    for (const name of ["push", "join", Symbol.iterator]) Array.prototype[name] = () => { throw new Error("patched") };
    Request.prototype.clone = Response.prototype.clone = String.prototype.split = () => { throw new Error("patched") };`);
  const result = await context.inRequest(`
    const c = await caches.open("x");
    await c.put("http://a/?1", new Response("x", { headers: { vary: "a" } }));
    return String((await c.matchAll()).length + (await c.keys()).length + (await caches.keys()).length + (await (await c.match("http://a/?1")).text()));`);
  assert.equal(result, "3x");
});
