// Handlers, waitUntil, events: the functions the host calls.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../harness.mjs";

async function respond(expression, request) {
  const context = new Context();
  context.module(expression);
  const id = await context.fetch(request);
  return { context, id, respond: context.event(id, "respond"), fail: context.event(id, "fail") };
}

test("bindModule finds the handlers", () => {
  const bind = (expression) => new Context().module(expression);
  assert.equal(bind("{ fetch() {} }"), 1);
  assert.equal(bind("{ scheduled() {}, task() {} }"), 6);
  assert.equal(bind("new (class { fetch() {} task() {} })"), 5);
  assert.equal(bind("() => {}"), 1);
  assert.equal(bind("{ fetch: 1 }"), 0);
  assert.equal(bind("undefined"), 0);
  assert.equal(bind("null"), 0);
});

test("a fetch handler gets the request, env and ctx", async () => {
  const { respond: sent } = await respond(
    `{ x: 1, async fetch(request, env, ctx) {
      return Response.json([this.x, request.method, request.url, [...request.headers], await request.text(), request.bodyUsed, env.NAME, ctx.props, request instanceof Request, typeof ctx.waitUntil]);
    } }`,
    { method: "POST", url: "http://h/p?q", headers: ["Cookie", "a=b", "X-B", "\xe9"], body: "in" },
  );
  assert.deepEqual(sent.headers, ["content-type", "application/json"]);
  assert.deepEqual(JSON.parse(sent.body), [
    1, "POST", "http://h/p?q", [["cookie", "a=b"], ["x-b", "\xe9"]], "in", true, "value", {}, true, "function",
  ]);
});

test("a synchronous response is sent at once, then done", () => {
  const context = new Context();
  context.module("{ fetch: () => new Response('x', { status: 201, statusText: 'Yes', headers: { a: 'b' } }) }");
  context.run(1, () => context.exports.dispatchFetch(1, "GET", "http://h/", "", null));
  assert.deepEqual(context.events, [
    { kind: "respond", id: 1, status: 201, statusText: "Yes", headers: ["a", "b", "content-type", "text/plain;charset=UTF-8"], body: "x" },
    { kind: "done", id: 1 },
  ]);
});

test("bodies: null, bytes, thenables and function exports", async () => {
  assert.equal((await respond("{ fetch: () => new Response() }")).respond.body, null);
  assert.deepEqual((await respond("{ fetch: () => new Response() }")).respond.headers, []);
  assert.equal((await respond("{ fetch: () => new Response(new Uint8Array([1, 255])) }")).respond.body, "\x01\xff");
  assert.equal((await respond("{ fetch: () => ({ then(f) { f(new Response('t')) } }) }")).respond.body, "t");
  assert.equal((await respond("(r) => new Response(r.url)")).respond.body, "http://x.test/");
  assert.equal((await respond("async (r) => new Response(r.body, { headers: r.headers })", { method: "POST", headers: ["a", "b"], body: "echo" })).respond.body, "echo");
});

test("what is not a usable response fails", async () => {
  const messages = async (expression) => {
    const { context, id, fail } = await respond(expression);
    assert.deepEqual(context.events.map((event) => event.kind), ["fail", "done"], expression);
    assert.equal(context.event(id, "respond"), undefined);
    return fail.error?.message ?? fail.error;
  };
  assert.match(await messages("{ fetch() {} }"), /fetch\(\) returned undefined, not a Response \(is a return missing/);
  assert.match(await messages("{ async fetch() { return 'x' } }"), /fetch\(\) returned a string \('x'\), not a Response/);
  assert.match(await messages("{ fetch: () => Object.create(Response.prototype) }"), /returned an object \(Response/);
  assert.match(await messages("{ async fetch() { const r = new Response('a'); await r.text(); return r } }"), /already been used/);
  assert.match(await messages("{ fetch: () => Response.error() }"), /error/);
  assert.equal(await messages("{ fetch() { throw 'sync' } }"), "sync");
  assert.equal(await messages("{ async fetch() { throw 'async' } }"), "async");
  assert.equal(await messages("{ fetch: () => ({ get then() { throw 'then' } }) }"), "then");
  assert.match(await messages("class { fetch() {} }"), /without 'new'/);
  assert.match(await messages("{}"), /not a function/);
});

test("waitUntil delays done, and its rejections are only reported", async () => {
  const { context, id, respond: sent } = await respond(`{ fetch(request, env, ctx) {
    ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 5)));
    ctx.waitUntil(Promise.reject("bad"));
    ctx.waitUntil(5);
    ctx.passThroughOnException();
    return new Response("x");
  } }`);
  assert.equal(sent.body, "x");
  assert.equal(context.exports.pendingWaitUntil(id), 1);
  assert.equal(context.event(id, "rejected").error, "bad");
  assert.equal(context.event(id, "done"), undefined);
  await context.advance(5);
  assert.deepEqual(context.events.map((event) => event.kind), ["respond", "rejected", "done"]);
  assert.equal(context.exports.pendingWaitUntil(id), 0);
  context.exports.endRequest(id);
  assert.equal(context.exports.pendingWaitUntil(id), 0);
});

test("waitUntil: settled before the response, and after the end", async () => {
  const { context } = await respond(`{ async fetch(request, env, ctx) {
    globalThis.late = () => { try { ctx.waitUntil(1) } catch (e) { return e.name } };
    ctx.waitUntil(Promise.resolve());
    await new Promise((resolve) => setTimeout(resolve, 5));
    return new Response();
  } }`);
  assert.deepEqual(context.events, []);
  await context.advance(5);
  assert.deepEqual(context.events.map((event) => event.kind), ["respond", "done"]);
  assert.equal(context.eval("late()"), "InvalidStateError");
});

test("after endRequest nothing more is reported", async () => {
  const { context, id } = await respond(`{ fetch(request, env, ctx) {
    ctx.waitUntil(new Promise((resolve) => { globalThis.resolve = resolve }));
    return new Promise((resolve) => { globalThis.answer = resolve });
  } }`);
  context.exports.endRequest(id);
  context.eval("resolve(); answer(new Response('late'))");
  await context.settled();
  assert.deepEqual(context.events, []);
});

test("a request that is done without timers and operations is forgotten at once", async () => {
  const { context, id } = await respond(`{ fetch(request, env, ctx) {
    globalThis.signal = request.signal;
    globalThis.late = async () => { setTimeout(() => {}); return fetch("http://h/") };
    return new Response();
  } }`);
  assert.deepEqual(context.forgotten, [id]);
  const [late] = await Promise.allSettled([context.run(id, () => context.eval("late()"))]);
  assert.match(late.reason.message, /already ended/);
  assert.equal(context.timers.size, 0);
  assert.deepEqual(context.fetches, []);
  context.exports.abortRequest(id, "gone");
  assert.equal(context.eval("signal.aborted"), false);
  context.exports.endRequest(id);
});

test("a request with timers or operations is forgotten when the host ends it", async () => {
  const timers = await respond("{ fetch() { setTimeout(() => { globalThis.fired = true }, 5); return new Response() } }");
  assert.deepEqual(timers.context.forgotten, []);
  await timers.context.advance(5);
  assert.equal(timers.context.eval("fired"), true);
  const operations = await respond("{ fetch() { globalThis.fetched = fetch('http://h/').catch(() => {}); return new Response() } }");
  assert.deepEqual(operations.context.forgotten, []);
  operations.context.exports.endRequest(operations.id);
  assert.equal(operations.context.fetches.length, 1);
  const over = await respond(`{ async fetch(request) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await fetch("http://h/");
    return new Response();
  } }`);
  await over.context.advance(5);
  assert.deepEqual(over.context.forgotten, []);
  await over.context.settleFetch(over.context.fetches[0]);
  assert.deepEqual(over.context.forgotten, [over.id]);
});

test("requests in flight at the same time are kept apart", async () => {
  const context = new Context();
  context.module(`{ async fetch(request) {
    await new Promise((resolve) => setTimeout(resolve, +request.url.slice(-1)));
    return new Response(request.url);
  } }`);
  const ids = [];
  for (const delay of [2, 1, 3]) {
    ids.push(await context.fetch({ url: `http://h/${delay}` }));
  }
  await context.advance(1);
  ids.push(await context.fetch({ url: "http://h/4" }));
  await context.advance(1);
  ids.push(await context.fetch({ url: "http://h/1" }));
  assert.deepEqual(context.forgotten, [ids[1], ids[0]]);
  await context.advance(5);
  assert.deepEqual(ids.map((id) => context.event(id, "respond").body.slice(-1)), ["2", "1", "3", "4", "1"]);
  assert.deepEqual([...context.forgotten].sort(), ids);
});

test("the client going away aborts request.signal", async () => {
  const source = `{ fetch(request) {
    globalThis.request = request;
    if (request.url.endsWith("eager")) request.signal.onabort = () => { globalThis.reason = request.signal.reason };
    return new Promise(() => {});
  } }`;
  const eager = await respond(source, { url: "http://h/eager" });
  eager.context.exports.abortRequest(eager.id, "gone");
  assert.equal(eager.context.eval("String(reason)"), "AbortError: gone");
  const lazy = await respond(source, { url: "http://h/lazy" });
  lazy.context.exports.abortRequest(lazy.id, "gone");
  lazy.context.exports.abortRequest(lazy.id, "again");
  assert.equal(lazy.context.eval("request.signal.aborted && request.signal.reason.message"), "gone");
  assert.equal(lazy.context.eval("new Request(request).signal.aborted"), true);
  lazy.context.exports.abortRequest(999, "unknown");
});

test("incoming request headers are immutable, those of a copy are not", async () => {
  const { respond: sent } = await respond(
    "{ fetch(r) { const thrown = []; for (const s of [r, r.clone()]) try { s.headers.set('a', '2') } catch (e) { thrown.push(e.name) } const c = new Request(r); c.headers.set('a', '2'); return Response.json([thrown, r.headers.get('a'), c.headers.get('a'), c.signal === r.signal]) } }",
    { headers: ["A", "1"] },
  );
  assert.equal(sent.body, '[["TypeError","TypeError"],"1","2",false]');
});

test("an incoming request has redirects passed on, unless its copy says otherwise", async () => {
  const { respond: sent } = await respond(
    "{ fetch: (r) => Response.json([r, r.clone(), new Request(r), new Request('http://b/', r), new Request(r, { redirect: 'follow' })].map((r) => r.redirect)) }",
  );
  assert.equal(sent.body, '["manual","manual","manual","manual","follow"]');
});

test("incoming request headers may be empty, repeated and many", async () => {
  const sent = async (headers) =>
    (await respond("{ fetch: (r) => Response.json([...r.headers]) }", { headers })).respond.body;
  assert.equal(await sent([]), "[]");
  assert.equal(await sent(["a", "", "b", "1", "b", "", "c", "2"]), '[["a",""],["b","1, "],["c","2"]]');
});

test("scheduled handlers", async () => {
  const context = new Context();
  context.module(`{ async scheduled(event, env, ctx) {
    console.log(event.cron, event.scheduledTime, event.type, env.NAME, typeof ctx.waitUntil);
    if (event.cron === "bad") throw "error";
  } }`);
  const id = await context.scheduled("* * * * *", 5);
  assert.equal(context.logs[0].message, "* * * * * 5 scheduled value function");
  assert.deepEqual(context.events, [{ kind: "complete", id, json: undefined }, { kind: "done", id }]);
  const bad = await context.scheduled("bad", 5);
  assert.equal(context.event(bad, "fail").error, "error");
});

test("task handlers", async () => {
  const context = new Context();
  context.module("{ async task(t, env) { if (t.id === 'big') return 1n; if (t.id === 'none') return; return { ...t, name: env.NAME } } }");
  const id = await context.task("t1", '{"a":1}', 2);
  assert.equal(context.event(id, "complete").json, '{"id":"t1","payload":{"a":1},"attempt":2,"type":"task","name":"value"}');
  assert.equal(context.event(await context.task("none", "1", 1), "complete").json, "null");
  assert.equal(context.event(await context.task("big", "1", 1), "fail").error.name, "TypeError");
  assert.equal(context.event(await context.task("x", "{", 1), "fail").error.name, "SyntaxError");
});

function listeners(source) {
  const context = new Context();
  context.exports.exposeEnv();
  context.eval(source);
  return context;
}

test("listeners: fetch", async () => {
  const context = listeners(`
    addEventListener("fetch", function (event) {
      if (event.request.url.endsWith("/skip")) return;
      if (event.request.url.endsWith("/throw")) throw "thrown";
      if (event.request.url.endsWith("/twice")) event.respondWith(new Response("one"));
      if (event.request.url.endsWith("/late")) { setTimeout(() => { try { event.respondWith(new Response()) } catch (e) { console.log(e.name) } }, 1); return }
      event.waitUntil(Promise.resolve());
      event.passThroughOnException();
      event.respondWith((async () => new Response([NAME, event.type, event.isTrusted, this === globalThis, event.target === self, event instanceof FetchEvent]))());
    });`);
  assert.equal(context.exports.bindEvents(), 1);
  const id = await context.fetch();
  assert.equal(context.event(id, "respond").body, "value,fetch,true,true,true,true");
  assert.deepEqual(context.events.map((event) => event.kind), ["respond", "done"]);
  assert.match(context.event(await context.fetch({ url: "http://h/skip" }), "fail").error.message, /respondWith/);
  assert.equal(context.event(await context.fetch({ url: "http://h/throw" }), "fail").error, "thrown");
  assert.equal(context.event(await context.fetch({ url: "http://h/twice" }), "respond").body, "one");
  assert.equal(context.unhandled[0].name, "InvalidStateError");
  assert.notEqual(context.event(await context.fetch({ url: "http://h/late" }), "fail"), undefined);
  await context.advance(1);
  assert.equal(context.logs[0].message, "InvalidStateError");
});

test("listeners: scheduled and task", async () => {
  const context = listeners(`
    addEventListener("scheduled", (event) => { if (event.cron === "bad") throw 1; event.waitUntil(Promise.resolve(event.scheduledTime)) });
    addEventListener("task", (event) => { if (event.id !== "quiet") event.respondWith(Promise.resolve([event.id, event.payload, event.attempt])) });`);
  assert.equal(context.exports.bindEvents(), 6);
  assert.deepEqual(context.events, []);
  const id = await context.scheduled("c", 1);
  assert.deepEqual(context.events, [{ kind: "complete", id, json: undefined }, { kind: "done", id }]);
  assert.equal(context.event(await context.scheduled("bad", 1), "fail").error, 1);
  assert.equal(context.event(await context.task("i", '"p"', 3), "complete").json, '["i","p",3]');
  assert.equal(context.event(await context.task("quiet", "1", 3), "complete").json, "null");
});

test("listeners: events made by scripts cannot act", () => {
  const context = listeners("");
  const name = (code) => context.eval(`try { ${code}; "none" } catch (e) { e.name }`);
  assert.equal(name("new FetchEvent('fetch', {}).respondWith(1)"), "InvalidStateError");
  assert.equal(name("new ExtendableEvent('x').waitUntil(1)"), "InvalidStateError");
  assert.equal(name("new FetchEvent('fetch')"), "TypeError");
});

test("exported functions are called with what a handler has", async () => {
  const context = new Context();
  const mask = context.exportsOf(`{
    default: { fetch() {} },
    async total(prices, rate) { return prices.reduce((a, b) => a + b, 0) * rate; },
    env() { return [this.env.NAME, typeof this.ctx.waitUntil]; },
    nothing() {},
    fails() { throw new RangeError("no"); },
    version: 3,
  }`);
  assert.equal(mask, 9);
  const result = async (name, ...args) => JSON.parse(context.event(await context.call(name, ...args), "complete").json);
  assert.equal(await result("total", [1, 2, 3], 2), 12);
  assert.deepEqual(await result("env"), ["value", "function"]);
  assert.equal(await result("nothing"), null);
  assert.equal(context.event(await context.call("fails"), "fail").error.message, "no");
  for (const name of ["version", "missing", "default", "__proto__", "constructor"]) {
    assert.equal(await context.call(name), undefined, name);
  }
});

test("a module may have functions and no handlers, but a default export without handlers is a mistake", () => {
  const bind = (exports) => new Context().exportsOf(exports);
  assert.equal(bind("{ price() {} }"), 8);
  assert.equal(bind("{ fetch() {} }"), 0);
  assert.equal(bind("{ version: 1 }"), 0);
  assert.equal(bind("{ default: { fecth() {} }, price() {} }"), 0);
  assert.equal(bind("{ default: { task() {} }, price() {} }"), 12);
});
