const U = "http://kept.test/a?b"; let n = 0; const url = () => `http://kept.test/${n++}`;
const keep = async (init, body = "0123456789", at = url()) => { await caches.default.put(at, new Response(body, init)); return at; };
const ask = (at, headers) => caches.default.match(new Request(at, { headers }));
check("a response comes back as it was", async () => {
  const at = await keep({ status: 203, statusText: "Mine\u00e9", headers: { "x-a": "\u00e9", "content-type": "text/x" } }); const r = await caches.default.match(at);
  assertEquals([r.status, r.statusText, r.headers.get("x-a"), r.headers.get("content-type"), r.type, r.url, r.redirected, await r.text()], [203, "Mine\u00e9", "\u00e9", "text/x", "default", "", false, "0123456789"]);
  assertEquals([r.headers.get("cf-cache-status"), r.headers.get("age")], ["HIT", null]); assertThrows(() => r.headers.set("a", "b"), "TypeError");
  assertEquals(await caches.default.match(url()), undefined); assertEquals((await caches.default.match(await keep({ status: 204 }, null))).body, null);
});
check("a fetched one, which never was in the isolate", async () => {
  const at = "http://world.test/bytes/100000"; const r = await fetch(at); await caches.default.put(at, r); assert(r.bodyUsed);
  const kept = await caches.default.match(at); assertEquals([kept.url, kept.type, (await kept.clone().bytes()).length, (await kept.arrayBuffer()).byteLength], [at, "basic", 100000, 100000]);
  const copy = new Response((await caches.default.match(at)).body, { status: 201 }); await caches.default.put(at, copy); assertEquals([(await caches.default.match(at)).status, (await (await caches.default.match(at)).blob()).size], [201, 100000]);
});
check("a body that streams", async () => {
  const at = url(); const stream = new TransformStream(); const put = caches.default.put(at, new Response(stream.readable)); const writer = stream.writable.getWriter();
  for (let i = 0; i < 40; i++) await writer.write(new Uint8Array(5000).fill(i)); assertEquals(await caches.default.match(at), undefined); await writer.close(); await put;
  const bytes = await (await caches.default.match(at)).bytes(); assertEquals([bytes.length, bytes[0], bytes[199999]], [200000, 0, 39]);
  const r = new Response(ReadableStream.from([new Uint8Array([1]), new Uint8Array([2])])); const other = url(); await caches.default.put(other, r.clone()); assertEquals([show(await r.bytes()), show(await (await caches.default.match(other)).bytes())], ["Uint8Array[1, 2]", "Uint8Array[1, 2]"]);
});
check("a body that breaks off is not kept, nor is one that is too large", async () => {
  const at = url(); let pulled = 0; const mine = new Error("mine"); const thrown = await caches.default.put(at, new Response(new ReadableStream({ pull(c) { if (pulled++) throw mine; c.enqueue(new Uint8Array(9)); } }))).catch((error) => error); assertEquals(thrown === mine, true); assertEquals(await caches.default.match(at), undefined);
  let cancelled; const endless = new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1 << 20)); }, cancel(reason) { cancelled = reason; } }); await caches.default.put(at, new Response(endless)); assertEquals(await caches.default.match(at), undefined);
  for (let i = 0; i < 100 && cancelled === undefined; i++) await sleep(5); assertIsError(cancelled, "AbortError");
  await keep({}, new Uint8Array(17 << 20), at); assertEquals(await caches.default.match(at), undefined);
});
check("what says that it must not be kept is not, and its age counts", async () => {
  for (const value of ["no-store", "private", "no-cache", "max-age=0", "max-age=60, s-maxage=0"]) assertEquals(await caches.default.match(await keep({ headers: { "cache-control": value } })), undefined);
  assertEquals(await caches.default.match(await keep({ headers: { expires: new Date(0).toUTCString() } })), undefined); assertEquals(await caches.default.match(await keep({ headers: { "set-cookie": "a=b" } })), undefined);
  const cookie = await ask(await keep({ headers: [["set-cookie", "a=b"], ["cache-control", "private=Set-Cookie"], ["x-a", "1"]] })); assertEquals([cookie.headers.get("set-cookie"), cookie.headers.get("x-a")], [null, "1"]);
  const aged = await ask(await keep({ headers: { "cache-control": "max-age=60", age: "10" } })); assert(Number(aged.headers.get("age")) >= 10);
  const at = await keep({ headers: { "cache-control": "max-age=1" } }); assertEquals((await ask(at)).status, 200); await sleep(1050); assertEquals(await ask(at), undefined);
});
check("Vary", async () => {
  const at = url(); for (const lang of ["de", "en"]) await caches.default.put(new Request(at, { headers: { "accept-language": lang } }), new Response(lang, { headers: { vary: "Accept-Language" } }));
  assertEquals([await (await ask(at, { "accept-language": "en" })).text(), await ask(at, { "accept-language": "fr" }), await ask(at), await (await caches.default.match(at, { ignoreVary: true })).text()], ["en", undefined, undefined, "de"]);
  assertEquals((await caches.default.matchAll(at, { ignoreVary: true })).length, 2); assertEquals(await caches.default.delete(at), false); assertEquals(await caches.default.delete(at, { ignoreVary: true }), true); assertEquals(await caches.default.matchAll(at, { ignoreVary: true }), []);
  await assertRejects(keep({ headers: { vary: "*" } }), "TypeError");
});
check("conditions and ranges", async () => {
  const at = await keep({ headers: { etag: '"v1"', "last-modified": "Sun, 06 Nov 1994 08:49:37 GMT", "content-type": "text/x" } });
  for (const headers of [{ "if-none-match": '"v0", W/"v1"' }, { "if-modified-since": "Sun, 06 Nov 1994 08:49:37 GMT" }]) { const r = await ask(at, headers); assertEquals([r.status, r.statusText, r.body, r.headers.get("etag")], [304, "Not Modified", null, '"v1"']); }
  const r = await ask(at, { range: "bytes=2-4" }); assertEquals([r.status, r.headers.get("content-range"), r.headers.get("content-length"), await r.text()], [206, "bytes 2-4/10", "3", "234"]);
  assertEquals([(await ask(at, { range: "bytes=10-" })).status, (await ask(at, { range: "bytes=0-1,3-4" })).status], [416, 200]);
});
check("named caches", async () => {
  assertEquals(await caches.keys(), []); const a = await caches.open("a"); await caches.open("b"); assertEquals([await caches.keys(), await caches.has("a"), await caches.has("c")], [["a", "b"], true, false]);
  await a.put(U, new Response("a")); assertEquals([await caches.default.match(U), (await (await caches.match(U)).text()), await caches.match(U, { cacheName: "b" }), (await a.match(U, { ignoreSearch: true })).status, (await a.match("http://kept.test/a", { ignoreSearch: true })).status], [undefined, "a", undefined, 200, 200]);
  assertEquals([await caches.delete("a"), await caches.delete("a"), await a.match(U), await caches.keys()], [true, false, undefined, ["b"]]);
  await a.put(U, new Response("anew")); assertEquals([await caches.keys(), await (await (await caches.open("a")).match(U)).text()], [["b", "a"], "anew"]);
  await assertRejects(caches.open("x".repeat(5000)), "TypeError"); await assertRejects(async () => { for (let i = 0; i < 101; i++) await caches.open(`n${i}`); }, "TypeError"); for (const name of await caches.keys()) await caches.delete(name);
});
check("keys and matchAll", async () => {
  const c = await caches.open("k"); for (const name of "cab") await c.put(new Request(`http://k.test/${name}`, { headers: { "x-n": name } }), new Response(name)); await c.put("http://k.test/a", new Response("A"));
  assertEquals((await c.keys()).map((r) => r.url.at(-1) + r.headers.get("x-n")).join(), "cc,bb,anull"); assertEquals((await Promise.all((await c.matchAll()).map((r) => r.text()))).join(), "c,b,A"); assertEquals((await c.keys("http://k.test/b#f")).length, 1); await caches.delete("k");
});
check("add and addAll", async () => {
  const c = await caches.open("adds"); await c.add("http://world.test/x"); await c.addAll(["http://world.test/bytes/9000", new Request("http://world.test/y", { headers: { a: "b" } })]); assertEquals((await c.keys()).length, 3); assertEquals((await (await c.match("http://world.test/bytes/9000")).bytes()).length, 9000);
  await assertRejects(c.addAll(["http://world.test/z", "http://world.test/status/404"]), "TypeError"); await assertRejects(c.addAll(["http://world.test/z", "http://world.test/error"]), "TypeError"); await assertRejects(c.add("http://world.test/status/206"), "TypeError"); await assertRejects(c.addAll(["http://world.test/z", "http://world.test/z"]), "InvalidStateError"); assertEquals((await c.keys()).length, 3); await caches.delete("adds");
});
check("what is refused", async () => { const c = caches.default; await assertRejects(c.put(new Request(U, { method: "POST", body: "x" }), new Response()), "TypeError"); await assertRejects(c.put("ftp://a/", new Response()), "TypeError"); await assertRejects(c.put(U, new Response("", { status: 206 })), "TypeError"); await assertRejects(c.put(U, Response.error()), "TypeError"); await assertRejects(c.put(`http://a/${"x".repeat(70000)}`, new Response()), "TypeError"); await assertRejects(c.match(`http://a/${"x".repeat(70000)}`), "TypeError"); assertEquals(await c.match(new Request(U, { method: "POST" })), undefined); });
