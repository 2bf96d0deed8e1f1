check("defaults", async () => { const r = new Response(); assertEquals([r.status, r.ok, r.statusText, r.type, r.url, r.redirected, r.body, await r.text()], [200, true, "", "default", "", false, null, ""]) });
check("init", () => {
  const r = new Response("x", { status: 404, statusText: "Nope", headers: { a: "b" } }); assertEquals([r.status, r.ok, r.statusText, r.headers.get("a"), r.headers.get("content-type")], [404, false, "Nope", "b", "text/plain;charset=UTF-8"]);
  assertEquals(new Response("x", { headers: { "content-type": "a/b" } }).headers.get("content-type"), "a/b");
  for (const status of [199, 600, 0]) assertThrows(() => new Response("", { status }), "RangeError");
  for (const status of [204, 205, 304]) assertThrows(() => new Response("", { status }), "TypeError");
  assertThrows(() => new Response("", { statusText: "\n" }), "TypeError"); assertThrows(() => Response(), "TypeError");
});
check("statics", async () => {
  const j = Response.json({ a: [1] }, { status: 201 }); assertEquals([j.status, j.headers.get("content-type"), await j.text()], [201, "application/json", '{"a":[1]}']); assertThrows(() => Response.json(undefined), "TypeError");
  const r = Response.redirect("http://a/b", 303); assertEquals([r.status, r.headers.get("location")], [303, "http://a/b"]); assertThrows(() => Response.redirect("http://a/", 200), "RangeError"); assertThrows(() => Response.redirect("x"), "TypeError");
  const e = Response.error(); assertEquals([e.type, e.status], ["error", 0]);
});
check("clone", async () => {
  const r = new Response(new Uint8Array([1, 2]), { headers: { a: "b" } }); const c = r.clone(); c.headers.set("a", "c");
  const mine = await r.bytes(); mine[0] = 9; assertEquals(await c.bytes(), new Uint8Array([1, 2])); assertEquals(r.headers.get("a"), "b"); assertThrows(() => r.clone(), "TypeError");
});
check("reading", async () => {
  for (const [method, expected] of [["text", "1"], ["json", 1], ["bytes", new Uint8Array([49])], ["arrayBuffer", new Uint8Array([49]).buffer]]) { const r = new Response("1"); assertEquals(r.bodyUsed, false); assertEquals(await r[method](), expected); assertEquals(r.bodyUsed, true); await assertRejects(r[method](), "TypeError") }
  await assertRejects(Response.prototype.text.call({}), "TypeError");
});
check("a body can be passed on", async () => { const r = new Response("x"); const s = new Response(r.body); assertEquals([r.bodyUsed, await s.text(), r.bodyUsed], [false, "x", true]) });
