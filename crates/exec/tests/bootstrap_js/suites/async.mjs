// Timers, microtasks, fetch: what outlives the call that starts it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../harness.mjs";
import { table, throws } from "../tables.mjs";

const TYPE_ERROR = throws("TypeError");

table("timers: arguments", [
  ["setTimeout('code')", TYPE_ERROR],
  ["setTimeout()", TYPE_ERROR],
  ["setInterval({}, 1)", TYPE_ERROR],
  ["const a = setTimeout(() => {}), b = setInterval(() => {}); return [Number.isInteger(a), a > 0, b > a]", [true, true, true]],
  ["[clearTimeout(), clearTimeout(null), clearInterval('x'), clearTimeout(99)].length", 4],
  ["setTimeout(() => {}, 1n)", TYPE_ERROR],
  ["queueMicrotask()", TYPE_ERROR],
  ["queueMicrotask(5)", TYPE_ERROR],
  ["let n = 0; queueMicrotask(() => n++); await null; return n", 1],
  ["reportError()", TYPE_ERROR],
]);

async function started(source) {
  const context = new Context();
  context.module(`{ fetch: async (request, env, ctx) => { ${source} } }`);
  const id = await context.fetch();
  return { context, id };
}

test("timers fire in order, with arguments and the global as this", async () => {
  const { context, id } = await started(`
    const r = [];
    setTimeout(() => r.push("late"), 20);
    setTimeout(function (a, b) { "use strict"; r.push(a, b, this === globalThis) }, 5, "a", 2);
    const cancelled = setTimeout(() => r.push("never"), 1);
    clearTimeout(cancelled);
    setTimeout(() => { throw 1 }, 6);
    await new Promise((resolve) => setTimeout(resolve, 30));
    return new Response(JSON.stringify(r));`);
  assert.equal(context.event(id, "respond"), undefined);
  await context.advance(30);
  assert.equal(context.event(id, "respond").body, '["a",2,true,"late"]');
  assert.deepEqual(context.unhandled, [1]);
});

test("intervals repeat until they are cleared", async () => {
  const { context, id } = await started(`
    let n = 0;
    return new Promise((resolve) => {
      const i = setInterval(() => { if (++n === 3) { clearInterval(i); resolve(new Response(n)) } }, 10);
    });`);
  await context.advance(100);
  assert.equal(context.event(id, "respond").body, "3");
  assert.equal(context.timers.size, 0);
});

test("negative, huge and missing delays", async () => {
  const { context } = await started("setTimeout(() => {}, -5); setTimeout(() => {}); setTimeout(() => {}, NaN); setTimeout(() => {}, '7'); await new Promise(() => {})");
  assert.deepEqual([...context.timers.values()].map((timer) => timer.delay), [0, 0, 0, 7]);
});

test("timers and fetch are refused at the top level", () => {
  const context = new Context();
  for (const code of ["setTimeout(() => {})", "setInterval(() => {}, 1)", "fetch('http://a')", "AbortSignal.timeout(1)"]) {
    assert.match(context.eval(`try { ${code} } catch (e) { e.message }`), /global scope/);
  }
});

test("endRequest forgets timers and rejects operations, and later ids are new", async () => {
  const { context, id } = await started(`
    globalThis.log ??= [];
    setTimeout(() => log.push("timer"), 5);
    setInterval(() => log.push("interval"), 5);
    fetch("http://a").then(() => log.push("fetch"), (error) => log.push(error.name, error instanceof DOMException));
    return new Response();`);
  const [op] = context.fetches;
  const timers = [...context.timers.keys()];
  assert.equal(context.exports.endRequest(id).name, "AbortError");
  for (const timer of timers) context.exports.fireTimer(timer);
  await context.settleFetch(op);
  assert.equal(context.eval("log.join()"), "AbortError,true");
  assert.equal(context.exports.endRequest(id), undefined);
  const next = await context.fetch();
  assert.ok(context.fetches[1].id > op.id);
  assert.ok(Math.min(...[...context.timers].filter(([, t]) => t.request === next).map(([timer]) => timer)) > Math.max(...timers));
  // Code of an ended request that goes on starts nothing.
  assert.equal(typeof context.run(id, () => context.eval("setTimeout(() => {})")), "number");
  const rejected = context.run(id, () => context.eval("fetch('http://a').catch((e) => e.message)"));
  assert.match(await rejected, /ended/);
});

test("timers that a request leaves ring for one that waits", async () => {
  const source = "globalThis.log ??= []; for (const ms of [5, 30, 90]) setTimeout(() => log.push(ms), ms); " +
    "globalThis.cleared = setTimeout(() => log.push('cleared'), 7); setInterval(() => log.push('interval'), 8);";
  const { context, id } = await started(source);
  await context.end(id);
  assert.equal(context.timers.size, 0);
  context.eval("clearTimeout(cleared)");
  context.module("{ fetch() { return new Promise(() => {}) } }");
  const heir = await context.fetch();
  await context.advance(10);
  context.exports.inherit(heir, 60, false);
  assert.deepEqual([...context.timers.values()].map(({ request, at }) => [request, at]), [[heir, 10], [heir, 30]]);
  await context.advance(10);
  assert.equal(context.eval("log.join()"), "5");
  // And on to the next.
  await context.end(heir);
  const next = await context.fetch();
  context.exports.inherit(999, 1000, true);
  for (let i = 0; i < 2; i++) context.exports.inherit(next, 1000, true);
  await context.advance(100);
  assert.equal(context.eval("log.join()"), "5,30,90");
});

test("of the timers that requests leave the last few stay, and none without memory", async () => {
  const { context, id } = await started("globalThis.log = []; for (let i = 0; i < 20; i++) setTimeout(() => log.push(i), i)");
  await context.end(id);
  context.module("{ fetch() { setTimeout(() => log.push('own'), 50); return new Promise(() => {}) } }");
  const heir = await context.fetch();
  context.exports.inherit(heir, 1000, true);
  await context.advance(30);
  assert.equal(context.eval("log.join()"), Array.from({ length: 16 }, (_, i) => i + 4).join());
  const last = await context.fetch();
  await context.end(heir);
  context.exports.endRequest(last, false);
  const next = await context.fetch();
  context.exports.inherit(next, 1000, true);
  assert.equal([...context.timers.values()].filter(({ request }) => request === next).length, 1);
});

test("timers that cannot be inherited are forgotten", async () => {
  const { context, id } = await started("globalThis.log = []; setTimeout(() => log.push('left'), 5)");
  await context.end(id);
  context.module("{ fetch() { return new Promise(() => {}) } }");
  const heir = await context.fetch();
  context.refusing = true;
  context.exports.inherit(heir, 1000, true);
  context.refusing = false;
  await context.advance(100);
  assert.equal(context.eval("log.join()"), "");
});

test("requests of one context are told apart", async () => {
  const context = new Context();
  context.module(`{ async fetch(request) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await fetch(request.url);
    setTimeout(() => {}, 100);
    return new Response(request.url);
  } }`);
  const first = await context.fetch({ url: "http://one/" });
  const second = await context.fetch({ url: "http://two/" });
  await context.advance(10);
  assert.deepEqual(context.fetches.map((op) => [op.request, op.url]), [[first, "http://one/"], [second, "http://two/"]]);
  await context.settleFetch(context.fetches[1]);
  await context.settleFetch(context.fetches[0]);
  assert.deepEqual([...context.timers.values()].map((timer) => timer.request), [second, first]);
});

test("fetch hands the request to the host and makes a response", async () => {
  const { context, id } = await started(`
    const r = await fetch("http://a/x", { method: "post", body: "hä", headers: { A: "1" }, redirect: "manual" });
    let immutable; try { r.headers.set("a", "b") } catch (e) { immutable = e.name }
    let cloned; try { r.clone().headers.set("a", "b") } catch (e) { cloned = e.name }
    const copy = new Response(r.clone().body, r); copy.headers.set("x-new", "1");
    return Response.json([r.status, r.statusText, r.url, r.redirected, r.type, immutable, cloned, [...r.headers], await r.text(), copy.headers.get("x-new"), await copy.text()]);`);
  const [op] = context.fetches;
  assert.deepEqual(
    { ...op },
    { request: id, id: op.id, method: "POST", url: "http://a/x", headers: ["a", "1", "content-type", "text/plain;charset=UTF-8"], body: "hä", redirect: "manual", once: false },
  );
  await context.settleFetch(op, { status: 201, statusText: "Made", headers: ["X-Y", "1", "x-y", "2"], body: "body", url: "http://a/z", redirected: true });
  assert.deepEqual(JSON.parse(context.event(id, "respond").body), [
    201, "Made", "http://a/z", true, "basic", "TypeError", "TypeError", [["x-y", "1, 2"]], "body", "1", "body",
  ]);
});

test("a body that was a stream is sent once, also if all of it is in memory", async () => {
  const context = new Context();
  context.module(`{ async fetch(request) {
    const given = { method: "POST", duplex: "half" };
    const { body: answer } = await fetch("http://a/");
    const streams = [
      request.clone().body, request.clone(), new Request(request.clone()), new Response("text").body,
      new Blob(["text"]).stream(), answer,
    ];
    const whole = ["text", new Uint8Array(4), new Blob(["text"]), await request.bytes(), null];
    for (const body of [...streams, ...whole]) fetch("http://b/", body instanceof Request ? body : { ...given, body });
    fetch(new Request("http://b/", { ...given, body: "text" }).clone());
    return new Response();
  } }`);
  await context.fetch({ method: "POST", body: "abcd" });
  await context.settleFetch(context.fetches[0], { body: new Uint8Array(4) });
  const once = context.fetches.slice(1).map((fetch) => fetch.once);
  assert.deepEqual(once, [true, true, true, true, true, true, false, false, false, false, false, false]);
});

test("fetch rejects on errors and wrong arguments", async () => {
  const { context, id } = await started(`
    const names = [];
    for (const f of [() => fetch(), () => fetch("/relative"), () => fetch("http://a", { method: "TRACE" }), () => fetch("http://a", { signal: AbortSignal.abort("r") })])
      await f().catch((e) => names.push(e.name ?? e));
    await fetch("http://a").catch((e) => names.push(e.name, e.message));
    return Response.json(names);`);
  await context.settleFetch(context.fetches[0], { error: "connection refused" });
  assert.deepEqual(JSON.parse(context.event(id, "respond").body), ["TypeError", "TypeError", "TypeError", "r", "TypeError", "connection refused"]);
});

test("an aborted fetch is cancelled and rejects", async () => {
  const { context, id } = await started(`
    const c = new AbortController();
    setTimeout(() => c.abort(), 5);
    try { await fetch("http://a", { signal: c.signal }) } catch (e) { return new Response(e.name) }`);
  await context.advance(5);
  assert.equal(context.event(id, "respond").body, "AbortError");
  assert.equal(context.event(id, "cancel").op, context.fetches[0].id);
});

test("an abort after the head gives up a body that nobody reads, once, and breaks off one that is passed on", async () => {
  const { context } = await started(`
    const c = new AbortController();
    const [unread, streamed, read, passedOn] = await Promise.all("abcd".split("").map((n) => fetch("http://" + n, { signal: c.signal })));
    streamed.body;
    read.text().catch(() => {});
    setTimeout(() => c.abort(), 5);
    return passedOn;`);
  for (const [i, op] of [...context.fetches].entries()) {
    await context.settleFetch(op, { body: 7 + i });
  }
  assert.deepEqual(context.closed, []);
  await context.advance(5);
  assert.deepEqual(context.closed.toSorted(), [7, 8]);
  assert.deepEqual(context.broken, [10]);
});

test("a signal that outlives a request lets go of what followed it", async () => {
  const context = new Context();
  context.eval("globalThis.c = new AbortController()");
  context.module(`{ async fetch(request) {
    const { signal } = c;
    const [unread, streamed, passedOn, upload] = await Promise.all("abcd".split("").map((n) => fetch("http://" + n, { signal })));
    streamed.body;
    fetch("http://e", { method: "POST", duplex: "half", body: upload.body }).catch(() => {});
    fetch("http://f", { method: "POST", duplex: "half", body: new ReadableStream(), signal }).catch(() => {});
    return passedOn;
  } }`);
  const id = await context.fetch();
  for (const [i, op] of [...context.fetches].entries()) await context.settleFetch(op, { body: 7 + i });
  const following = () => context.internals.abort.partsOf(context.eval("c.signal")).algorithms.size;
  assert.ok(following() >= 4, `${following()} follow`);
  assert.deepEqual(context.forgotten, []);
  await context.end(id);
  assert.equal(following(), 0);
  context.eval("c.abort()");
  assert.deepEqual(context.broken, []);
});

test("a URL of a Blob goes with the request that made it", async () => {
  const context = new Context();
  context.eval("globalThis.early = URL.createObjectURL(new Blob(['early'])); globalThis.urls = [early]");
  context.module(`{ async fetch(request) {
    if (request.url.endsWith("make")) {
      urls.push(URL.createObjectURL(new Blob(["late"])));
      return new Response(await (await fetch(urls[1])).text());
    }
    return Response.json(await Promise.all(urls.map((url) => fetch(url).then((r) => r.text(), (e) => e.name))));
  } }`);
  const making = await context.fetch({ url: "http://x.test/make" });
  assert.equal(context.event(making, "respond").body, "late");
  assert.ok(!context.forgotten.includes(making));
  await context.end(making);
  // Code that goes on after the end of its request.
  context.run(making, () => context.eval("urls.push(URL.createObjectURL(new Blob(['after'])))"));
  const asking = await context.fetch();
  assert.deepEqual(JSON.parse(context.event(asking, "respond").body), ["early", "TypeError", "TypeError"]);
  assert.ok(context.forgotten.includes(asking));
});

test("the signal of the client breaks off no answer", async () => {
  const { context } = await started("return fetch(request)");
  await context.settleFetch(context.fetches[0], { body: 7 });
  assert.equal(context.forgotten.length, 1);
});

test("AbortSignal.timeout aborts with a TimeoutError", async () => {
  const { context, id } = await started(`
    try { await fetch("http://a", { signal: AbortSignal.timeout(7) }) } catch (e) { return new Response(e.name) }`);
  await context.advance(6);
  assert.equal(context.event(id, "respond"), undefined);
  await context.advance(1);
  assert.equal(context.event(id, "respond").body, "TimeoutError");
});

test("queueMicrotask and reportError report", async () => {
  const { context } = await started("queueMicrotask(() => { throw 1 }); reportError(2); return new Response()");
  assert.deepEqual(context.unhandled, [2, 1]);
});

test("refusals of the host are errors of the caller and leave nothing behind", async () => {
  const { context, id } = await started("let n = 0; setInterval(() => n++, 5); await new Promise((resolve) => { globalThis.resolve = resolve }); return new Response(n)");
  context.refusing = true;
  const refused = context.run(id, () => context.eval(`(async () => {
    const messages = [];
    try { setTimeout(() => {}) } catch (e) { messages.push(e.message) }
    await fetch("http://a").catch((e) => messages.push(e.message));
    return messages.join();
  })()`));
  assert.equal(await refused, "too many timers,too many operations");
  await context.advance(20);
  assert.match(context.unhandled[0].message, /too many timers/);
  context.refusing = false;
  await context.advance(20);
  context.eval("resolve()");
  await context.settled();
  assert.equal(context.event(id, "respond").body, "1");
  context.exports.endRequest(id);
});

test("what follows from the end of a request starts nothing for it", async () => {
  const { context, id } = await started(`
    globalThis.log = [];
    try {
      await fetch("http://a");
    } finally {
      log.push(typeof setTimeout(() => log.push("timer")));
      log.push(typeof setInterval(() => log.push("interval")));
      clearTimeout(setTimeout(() => log.push("cleared")));
      await fetch("http://b").catch((error) => log.push(error.message));
      try { ctx.waitUntil(Promise.resolve()) } catch (error) { log.push(error.name) }
    }`);
  context.run(id, () => context.exports.endRequest(id));
  await context.settled();
  assert.equal(context.eval("log.join()"), "number,number,fetch: the request has already ended,InvalidStateError");
  assert.equal(context.fetches.length, 1);
  assert.equal(context.timers.size, 0);
  assert.deepEqual(context.events.filter((event) => event.kind !== "done"), []);
  // Only for those who would wait for ever.
  context.eval("log.length = 0");
  context.module("{ fetch() { return new Promise(() => {}) } }");
  const heir = await context.fetch();
  context.exports.inherit(heir, 1000, false);
  await context.advance(10);
  assert.equal(context.eval("log.join()"), "");
  context.exports.inherit(heir, 1000, true);
  await context.advance(10);
  assert.equal(context.eval("log.join()"), "timer");
});
