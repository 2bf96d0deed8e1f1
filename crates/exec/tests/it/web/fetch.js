const echo = async (...args) => (await fetch(...args)).json();
check("what is sent", async () => {
  assertEquals(await echo("http://x/echo?q#hash"), { body: "", headers: [], method: "GET", redirect: "Follow", url: "http://x/echo?q" });
  assertEquals(await echo("http://x/echo", { method: "post", body: "b\u00fc", headers: { A: "1" }, redirect: "manual" }), { body: "b\u00fc", headers: [["a", "1"], ["content-type", "text/plain;charset=UTF-8"]], method: "POST", redirect: "Manual", url: "http://x/echo" });
  assertEquals((await echo(new Request("http://x/echo", { method: "PUT", body: new Uint8Array([65]) }))).body, "A"); assertEquals((await echo(new URL("http://x/echo"))).method, "GET");
});
check("what comes back", async () => {
  const r = await fetch("http://x/status/404"); assertEquals([r.status, r.ok, r.statusText, r.url, r.type, r.redirected, await r.text()], [404, false, "Not Found", "http://x/status/404", "basic", false, "ok"]);
  const c = await fetch("http://x/cookies"); assertEquals([c.headers.getSetCookie(), c.headers.get("x-latin")], [["a=1", "b=2"], "caf\u00e9"]);
  for (const reason of ["Fine", ""]) assertEquals([(await fetch(`http://x/reason/${reason}`)).statusText, (await fetch(`http://x/reason/${reason}`)).clone().statusText], [reason, reason]);
  assertEquals((await (await fetch("http://x/bytes/1000")).bytes()).length, 1000);
});
check("lesson_56 no body is null, and can be passed on", async () => {
  for (const status of [204, 205, 304]) {
    const r = await fetch(`http://x/status/${status}`); assertEquals([r.body, r.bodyUsed, await r.text(), r.status], [null, false, "", status]);
    const again = new Response(r.body, r); assertEquals([again.status, again.body], [status, null]); assertEquals(r.clone().body, null);
  }
  const head = await fetch("http://x/status/200", { method: "HEAD" }); assertEquals([head.body, await head.text()], [null, ""]); assertEquals(new Response(head.body, head).status, 200);
  assert((await fetch("http://x/bytes/0")).body !== null);
});
check("redirect modes", async () => {
  assertEquals((await fetch("http://x/redirect")).redirected, true); assertEquals((await fetch("http://x/redirect", { redirect: "manual" })).status, 302);
  await assertRejects(fetch("http://x/redirect", { redirect: "error" }), "TypeError");
});
check("errors are neutral", async () => { const e = await assertRejects(fetch("http://x/error"), "TypeError"); assertEquals(e.message, "Network connection lost"); await assertRejects(fetch("http://x/panic"), "TypeError") });
check("bad arguments reject", async () => { for (const args of [[], ["nope"], ["http://u:p@x/"], ["http://x/", { body: "x" }], ["http://x/", { method: "\n" }], ["http://x/", 1]]) { const p = fetch(...args); assert(p instanceof Promise); await assertRejects(p, "TypeError") } });
check("abort", async () => {
  await assertRejects(fetch("http://x/", { signal: AbortSignal.abort() }), "AbortError"); await assertRejects(fetch("http://x/never", { signal: AbortSignal.timeout(1) }), "TimeoutError");
  const c = new AbortController(); const p = fetch("http://x/never", { signal: c.signal }); setTimeout(() => c.abort(new RangeError("mine")), 1); await assertRejects(p, "RangeError");
  const d = new AbortController(); const ok = await fetch("http://x/echo", { signal: d.signal }); d.abort(); assertEquals(ok.status, 200);
});
check("many at once, out of order", async () => {
  const done = []; await Promise.all([30, 1, 15].map((ms) => fetch(`http://x/delay/${ms}`).then(() => done.push(ms)))); assertEquals(done.length, 3);
  const all = await Promise.all(Array.from({ length: 100 }, (_, n) => echo(`http://x/echo?${n}`))); assertEquals(all.map((e) => e.url.split("?")[1]).join(), Array.from({ length: 100 }, (_, n) => n).join());
});
check("a consumed request", async () => { const r = new Request("http://x/echo", { method: "POST", body: "x" }); await fetch(r); await assertRejects(fetch(r), "TypeError") });
check("the cache mode is told to caches", async () => {
  const sent = async (init) => (await echo("http://x/echo", init)).headers.sort();
  assertEquals(await sent({}), []); assertEquals(await sent({ cache: "no-cache" }), [["cache-control", "max-age=0"]]); for (const cache of ["no-store", "reload"]) assertEquals(await sent({ cache }), [["cache-control", "no-cache"], ["pragma", "no-cache"]]); assertEquals(await sent({ cache: "no-cache", headers: { "cache-control": "mine" } }), [["cache-control", "mine"]]);
  const request = new Request("http://x/echo", { cache: "reload" }); await fetch(request); assertEquals([...request.headers].length, 0); await assertRejects(fetch("http://x/echo", { cache: "only-if-cached", mode: "same-origin" }), "TypeError");
});
check("a signal that aborts after the head takes the body away", async () => {
  const start = async (path = "bytes/1000") => { const c = new AbortController(); return [await fetch(`http://x/${path}`, { signal: c.signal }), c] };
  for (const name of ["text", "json", "arrayBuffer", "bytes", "blob", "formData"]) for (const touch of [false, true]) { const [r, c] = await start(); if (touch) r.body; c.abort(); await assertRejects(r[name](), "AbortError"); assertEquals(r.bodyUsed, true); await assertRejects(r[name](), "TypeError") }
  const [r, c] = await start(); const reader = r.body.getReader(); const reading = reader.closed; c.abort(new RangeError("mine")); await assertRejects(reading, "RangeError"); await assertRejects(reader.read(), "RangeError");
  const [late, l] = await start(); l.abort(); await assertRejects(late.body.getReader().read(), "AbortError"); const [a, b] = await start(); const copy = a.clone(); const made = new Response(copy.body); b.abort(); await assertRejects(a.text(), "AbortError"); await assertRejects(made.text(), "AbortError");
  const [touched, t] = await start(); touched.body; t.abort(); const twin = touched.clone(); await assertRejects(twin.text(), "AbortError"); await assertRejects(touched.text(), "AbortError");
  const [whole, w] = await start(); const text = await whole.text(); w.abort(); assertEquals([text.length, whole.bodyUsed], [1000, true]); const [read, d] = await start(); const all = read.body.getReader(); assertEquals((await all.read()).value.length, 1000); d.abort(); assertEquals((await all.read()).done, true); await all.closed;
  const [none, n] = await start("status/204"); n.abort(); assertEquals(await none.text(), "");
});
check("integrity", async () => {
  const digest = async (name, text) => `${name.replace("-", "").toLowerCase()}-${btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest(name, new TextEncoder().encode(text)))))}`;
  const large = "\u0007".repeat(600000); const U = "http://world.test/bytes/600000";
  for (const name of ["SHA-256", "SHA-384", "SHA-512"]) { assertEquals(await (await fetch("http://world.test/", { integrity: await digest(name, "ok") })).text(), "ok"); assertEquals((await (await fetch(U, { integrity: `${await digest(name, large)} sha256-AAAA` })).bytes()).length, 600000); await assertRejects(fetch(U, { integrity: await digest(name, "ok") }), "TypeError"); }
  await assertRejects(fetch(new Request("http://world.test/", { integrity: await digest("SHA-256", "x") })), "TypeError"); const passed = await fetch(U, { integrity: await digest("SHA-256", large) }); assertEquals([passed.url, passed.type, (await passed.clone().blob()).size], [U, "basic", 600000]);
});
