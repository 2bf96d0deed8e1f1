check("defaults", () => { const r = new Request("http://a/b#c"); assertEquals([r.method, r.url, r.redirect, r.body, r.bodyUsed, [...r.headers].length, r.signal.aborted], ["GET", "http://a/b#c", "follow", null, false, 0, false]) });
check("methods", () => {
  for (const [given, seen] of [["get", "GET"], ["post", "POST"], ["Put", "PUT"], ["patch", "patch"], ["PURGE", "PURGE"]]) assertEquals(new Request("http://a", { method: given }).method, seen);
  for (const method of ["CONNECT", "trace", "a b", "", "\n"]) assertThrows(() => new Request("http://a", { method }), "TypeError");
});
check("invalid", () => {
  assertThrows(() => new Request("a"), "TypeError"); assertThrows(() => new Request("http://u:p@a"), "TypeError"); assertThrows(() => new Request("http://a", { body: "x" }), "TypeError");
  assertThrows(() => new Request("http://a", { redirect: "never" }), "TypeError"); assertThrows(() => new Request("http://a", { signal: 1 }), "TypeError"); assertThrows(() => Request("http://a"), "TypeError");
});
check("bodies", async () => {
  const make = (body) => new Request("http://a", { method: "POST", body });
  for (const [body, text, type] of [["t\u00fc", "t\u00fc", "text/plain;charset=UTF-8"], [new Uint8Array([65, 66]), "AB", null], [new Uint8Array([65, 66]).buffer, "AB", null], [new DataView(new Uint8Array([65, 66, 67]).buffer, 1), "BC", null],
    [new URLSearchParams({ a: "b c" }), "a=b+c", "application/x-www-form-urlencoded;charset=UTF-8"], [12, "12", "text/plain;charset=UTF-8"], [{ toString: () => "obj" }, "obj", "text/plain;charset=UTF-8"], ["\ud800", "\ufffd", "text/plain;charset=UTF-8"]]) {
    const r = make(body); assertEquals(r.headers.get("content-type"), type); assertEquals(await r.text(), text); assertEquals(r.bodyUsed, true); await assertRejects(r.text(), "TypeError");
  }
  assertEquals(await make('{"a":[1]}').json(), { a: [1] }); await assertRejects(make("{").json(), "SyntaxError");
  assertEquals(await make("ab").bytes(), new Uint8Array([97, 98])); assertEquals(await make("ab").arrayBuffer(), new Uint8Array([97, 98]).buffer);
  assertEquals(await make("\ufeffx").text(), "x");
});
check("a body is a copy", async () => { const bytes = new Uint8Array([1]); const r = new Request("http://a", { method: "POST", body: bytes }); bytes[0] = 2; assertEquals(await r.bytes(), new Uint8Array([1])) });
check("copies", async () => {
  const r = new Request("http://a/", { method: "POST", body: "x", headers: { a: "b" } });
  const c = r.clone(); assertEquals([await r.text(), await c.text()], ["x", "x"]); assertThrows(() => r.clone(), "TypeError");
  const s = new Request("http://a/", { method: "POST", body: "y" }); const t = new Request(s, { headers: { q: "1" } }); assertEquals([s.bodyUsed, await t.text(), t.method, [...t.headers]], [true, "y", "POST", [["q", "1"]]]);
  assertEquals(new Request(new Request("http://a/", { headers: { a: "b" } })).headers.get("a"), "b");
});
check("the incoming request", async ({ request }) => { assertEquals([request.method, request.url, await request.clone().text(), request.signal.aborted], ["GET", "http://worker.test/table", "", false]); assert(request.signal === request.signal) });
check("signals follow", () => { const c = new AbortController(); const r = new Request("http://a", { signal: c.signal }); const s = new Request(r); c.abort("why"); assertEquals([r.signal.aborted, s.signal.reason], [true, "why"]) });
check("attributes", () => {
  const shown = (r) => [r.mode, r.credentials, r.cache, r.referrer, r.referrerPolicy, r.integrity, r.keepalive, r.duplex, r.destination, r.isReloadNavigation, r.isHistoryNavigation];
  const usual = ["cors", "same-origin", "default", "about:client", "", "", false, "half", "", false, false];
  assertEquals(shown(new Request("http://a")), usual); assertEquals(shown(new Request("http://a", {})), usual); assertEquals(shown(new Request("http://a", { method: "POST", headers: {} })), usual);
  const init = { mode: "same-origin", credentials: "omit", cache: "only-if-cached", referrer: "", referrerPolicy: "origin", integrity: "sha256-x", keepalive: 1, window: null, priority: "low" };
  const full = new Request("http://a", init); const said = ["same-origin", "omit", "only-if-cached", "", "origin", "sha256-x", true, "half", "", false, false]; assertEquals(shown(full), said); assertEquals(shown(full.clone()), said); assertEquals(shown(new Request(full)), said); assertEquals(shown(new Request(full, {})), said);
  assertEquals(shown(new Request(full, { method: "POST" })), ["same-origin", "omit", "only-if-cached", "about:client", "", "sha256-x", true, "half", "", false, false]); assertEquals(new Request(full, { cache: "reload", mode: "cors" }).cache, "reload");
  for (const referrer of ["about:client", "http://b/c"]) assertEquals(new Request("http://a", { referrer }).referrer, "about:client"); assertEquals(new Request("http://a", { mode: "no-cors" }).mode, "no-cors");
  for (const name of ["mode", "credentials", "cache", "referrer", "referrerPolicy", "integrity", "keepalive", "duplex", "destination"]) { const d = Object.getOwnPropertyDescriptor(Request.prototype, name); assertEquals([typeof d.get, d.set, d.enumerable], ["function", undefined, true]); assertThrows(() => d.get.call({}), "TypeError") }
});
check("attributes are validated", () => {
  for (const init of [{ mode: "bad" }, { mode: "navigate" }, { mode: "websocket" }, { credentials: "bad" }, { cache: "bad" }, { redirect: "bad" }, { referrerPolicy: "bad" }, { priority: "bad" }, { duplex: "full" }, { referrer: "http://:-1" }, { window: "http://a" }, { cache: "only-if-cached" }, { cache: "only-if-cached", mode: "no-cors" }, { mode: "no-cors", method: "PUT" }, { mode: null }]) { assertThrows(() => new Request("http://a", init), "TypeError"); assertThrows(() => new Request(new Request("http://a"), init), "TypeError") }
  assertThrows(() => new Request(new Request("http://a", { cache: "only-if-cached", mode: "same-origin" }), { mode: "cors" }), "TypeError"); assertThrows(() => new Request("http://a", { get integrity() { throw new RangeError() } }), "RangeError");
});
