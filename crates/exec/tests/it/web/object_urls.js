const made = (text, type = "text/plain") => URL.createObjectURL(new Blob([text], { type }));
const got = async (url, init) => { const r = await fetch(url, init); return [r.status, r.headers.get("content-type"), r.headers.get("content-length"), await r.text()] };
check("what a URL of a Blob is", async () => {
  const url = made("x"); assert(/^blob:null\/[0-9a-f]{8}-[0-9a-f-]{27}$/.test(url)); assert(url !== made("x")); assertEquals(new URL(url).protocol, "blob:");
  assertThrows(() => URL.createObjectURL(), "TypeError"); assertThrows(() => URL.createObjectURL({}), "TypeError"); assertThrows(() => URL.createObjectURL("x"), "TypeError"); assertThrows(() => URL.revokeObjectURL(), "TypeError"); assertEquals([URL.createObjectURL.length, URL.revokeObjectURL.length, URL.revokeObjectURL("x")], [1, 1, undefined]);
});
check("what is fetched", async () => {
  const url = made("h\u00fc"); assertEquals(await got(url), [200, "text/plain", "3", "h\u00fc"]); assertEquals(await got(url + "#f"), [200, "text/plain", "3", "h\u00fc"]); assertEquals(await got(new Request(url)), [200, "text/plain", "3", "h\u00fc"]); assertEquals(await got(URL.createObjectURL(new File(["a"], "f"))), [200, "", "1", "a"]); assertEquals(await got(made("", "")), [200, "", "0", ""]);
  const r = await fetch(url); assertEquals([r.type, r.url, r.statusText, r.redirected], ["basic", url, "OK", false]); assertThrows(() => r.headers.set("a", "b"), "TypeError"); assertEquals(await new Response(r.body, r).text(), "h\u00fc");
  const slice = new Blob(["Hello, World!"]).slice(7, 12); const bytes = await (await fetch(URL.createObjectURL(slice))).bytes(); bytes.fill(0); assertEquals([bytes.length, await slice.text()], [5, "World"]);
  assertEquals(await got(made("a", " text/x ")), [200, "text/x", "1", "a"]);
});
check("what is none", async () => {
  const url = made("x"); for (const method of ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "X"]) await assertRejects(fetch(url, { method }), "TypeError"); for (const other of [url + "?q", url + "/p", "blob:null/x", "blob:http://a/b", "blob:"]) await assertRejects(fetch(other), "TypeError"); await assertRejects(fetch(url, { signal: AbortSignal.abort() }), "AbortError");
});
check("revoked", async () => {
  const url = made("x"); URL.revokeObjectURL(url + "#f"); assertEquals((await got(url))[3], "x"); const request = new Request(url), before = fetch(url); URL.revokeObjectURL(url); await assertRejects(fetch(url), "TypeError"); await assertRejects(fetch(new Request(url)), "TypeError");
  assertEquals(await (await before).text(), "x"); assertEquals((await got(request.clone(), { credentials: "omit" }))[3], "x"); assertEquals((await got(new Request(request, { cache: "no-store" })))[3], "x"); assertEquals((await got(request))[3], "x"); URL.revokeObjectURL(url);
});
check("ranges", async () => {
  const url = made("0123456789");
  for (const [range, text, of] of [["bytes=2-4", "234", "2-4"], ["bytes=7-", "789", "7-9"], ["bytes=-3", "789", "7-9"], ["bytes=-30", "0123456789", "0-9"], ["bytes=0-99999999999999999999999", "0123456789", "0-9"], ["bytes \t=\t 4 - 5", "45", "4-5"], ["bytes=9-9", "9", "9-9"], ["bytes=- 2", "89", "8-9"]]) {
    const r = await fetch(url, { headers: { range } }); assertEquals([r.status, r.statusText, r.headers.get("content-range"), r.headers.get("content-length"), await r.text()], [206, "Partial Content", `bytes ${of}/10`, String(text.length), text]);
  }
  for (const range of ["", "byte=0-", "bytes", "bytes=", "bytes=-", "bytes=5", "bytes=x", "bytes=x-5", "bytes=5-x", "bytes=4-2", "bytes=10-", "bytes=-0", "bytes=0-1,", "bytes=0-1,3-4", "bytes 5-", "5-", "Bytes=0-1"]) await assertRejects(fetch(url, { headers: { range } }), "TypeError");
  await assertRejects(fetch(made(""), { headers: { range: "bytes=0-" } }), "TypeError");
});
check("integrity", async () => { const url = made("body"); const digest = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode("body"))))); assertEquals((await got(url, { integrity: `sha256-${digest}` }))[3], "body"); await assertRejects(fetch(url, { integrity: "sha256-AAAA" }), "TypeError") });
