import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../harness.mjs";
import { table, throws } from "../tables.mjs";

const TYPE_ERROR = throws("TypeError");
const RANGE_ERROR = throws("RangeError");

table("Response: construction", [
  ["const r = new Response(); return [r.status, r.statusText, r.ok, r.type, r.url, r.redirected, r.body, r.bodyUsed, [...r.headers]]", [200, "", true, "default", "", false, null, false, []]],
  ["const r = new Response('x', { status: 404, statusText: 'No', headers: { A: 'b' } }); return [r.status, r.ok, r.statusText, [...r.headers]]", [404, false, "No", [["a", "b"], ["content-type", "text/plain;charset=UTF-8"]]]],
  ["new Response('x', { headers: { 'content-type': 'a/b' } }).headers.get('Content-Type')", "a/b"],
  ["new Response(new URLSearchParams('a=b')).headers.get('content-type')", "application/x-www-form-urlencoded;charset=UTF-8"],
  ["new Response(new Uint8Array(2)).headers.has('content-type')", false],
  ["new Response('', { status: 199 })", RANGE_ERROR],
  ["new Response('', { status: 600 })", RANGE_ERROR],
  ["new Response('', { status: 65536 + 200 }).status", 200],
  ["new Response('', { status: NaN })", RANGE_ERROR],
  ["new Response('x', { status: 204 })", TYPE_ERROR],
  ["new Response('', { status: 304 })", TYPE_ERROR],
  ["new Response(null, { status: 204 }).status", 204],
  ["new Response(undefined, { status: 205 }).body", null],
  ["new Response('', { statusText: 'a\\nb' })", TYPE_ERROR],
  ["new Response('', { statusText: '€' })", TYPE_ERROR],
  ["new Response('', 5)", TYPE_ERROR],
  ["new Response('', null).status", 200],
  ["Response('')", TYPE_ERROR],
  ["await new Response(5).text()", "5"],
  ["await new Response({}).text()", "[object Object]"],
  ["new Response(Symbol())", TYPE_ERROR],
  ["Response.prototype.status", TYPE_ERROR],
  ["Object.prototype.toString.call(new Response())", "[object Response]"],
]);

table("Body: reading", [
  ["await new Response('hä').text()", "hä"],
  ["await new Response().text()", ""],
  ["await new Response('{\"a\":[1]}').json()", { a: [1] }],
  ["await new Response('{').json()", throws("SyntaxError")],
  ["await new Response().json()", throws("SyntaxError")],
  ["[...await new Response('hä').bytes()]", [104, 195, 164]],
  ["const b = await new Response('abc').arrayBuffer(); return [b instanceof ArrayBuffer, b.byteLength]", [true, 3]],
  ["(await new Response().arrayBuffer()).byteLength", 0],
  ["await new Response(new Uint8Array([104, 105])).text()", "hi"],
  ["await new Response(new Uint8Array([104, 105]).buffer).text()", "hi"],
  ["await new Response(new DataView(new Uint8Array([1, 104, 105]).buffer, 1)).text()", "hi"],
  ["await new Response(new Uint16Array([0x6968])).text()", "hi"],
  ["const u = new Uint8Array([65]); const r = new Response(u); u[0] = 66; return r.text()", "A"],
  ["await new Response(new Uint8Array([0xef, 0xbb, 0xbf, 65, 0xff])).text()", "A\ufffd"],
  ["await new Response('\\ufeffA').text()", "A"],
  ["[...await new Response('\\ud800').bytes()]", [0xef, 0xbf, 0xbd]],
  ["const r = new Response('a'); await r.text(); return r.bodyUsed", true],
  ["const r = new Response('a'); await r.text(); return r.text()", TYPE_ERROR],
  ["const r = new Response(); await r.text(); return [r.bodyUsed, await r.text()]", [false, ""]],
  ["const b = await new Response('a').blob(); return [b.type, b.size, await b.text()]", ["text/plain;charset=UTF-8", 1, "a"]],
  ["await new Response('a').formData()", TYPE_ERROR],
  ["[...await new Response(new URLSearchParams('a=1&b=%20')).formData()]", [["a", "1"], ["b", " "]]],
  ["const f = new FormData(); f.append('a', '1'); f.append('b', new File(['x'], 'n')); const g = await new Response(f).formData(); return [g.get('a'), g.get('b').name, await g.get('b').text()]", ["1", "n", "x"]],
  ["const f = new FormData(); f.append('a', '1'); f.append('b', new File(['xy'], 'n')); const whole = new Response(f); const type = whole.headers.get('content-type'); const g = await new Response(whole.body.pipeThrough(new TransformStream({ transform(chunk, c) { for (const byte of chunk) c.enqueue(new Uint8Array([byte])) } })), { headers: { 'content-type': type } }).formData(); return [g.get('a'), g.get('b').name, g.get('b').size, await g.get('b').text()]", ["1", "n", 2, "xy"]],
  ["let e; const p = Response.prototype.text.call({}).catch((x) => { e = x.name }); await p; return e", "TypeError"],
]);

table("Body: clone and passing on", [
  ["const r = new Response('a', { status: 201, headers: { x: 'y' } }); const c = r.clone(); return [await r.text(), await c.text(), c.status, c.headers.get('x'), c.headers.get('content-type')]", ["a", "a", 201, "y", "text/plain;charset=UTF-8"]],
  ["const r = new Response('a'); const c = r.clone(); c.headers.set('x', '1'); return r.headers.has('x')", false],
  ["const r = new Response(new Uint8Array([1])); const c = r.clone(); (await r.bytes())[0] = 9; return [...await c.bytes()]", [1]],
  ["const r = new Response('a'); await r.text(); r.clone(); return 1", TYPE_ERROR],
  ["const r = new Response('a'); const s = new Response(r.body, r); return [await s.text(), r.bodyUsed]", ["a", true]],
  ["const r = new Response('a'); const s = new Response(r.body); const t = new Response(r.body); return [s.body === t.body, await s.text(), t.bodyUsed, await t.text().catch((e) => e.name)]", [true, "a", true, "TypeError"]],
  ["const r = new Response('a'); return [r.body === r.body, r.body.locked, Object.prototype.toString.call(r.body)]", [true, false, "[object ReadableStream]"]],
  ["new Response('a').body.getReader({ mode: 'byob' }) instanceof ReadableStreamBYOBReader", true],
  ["const out = []; for await (const x of new Response('ab').body) out.push(...x); return out", [97, 98]],
]);

table("Response: static methods", [
  ["const r = Response.json({ a: 1 }); return [await r.text(), r.headers.get('content-type'), r.status]", ['{"a":1}', "application/json", 200]],
  ["Response.json(1, { status: 201, headers: { 'Content-Type': 'x/y' } }).headers.get('content-type')", "x/y"],
  ["Response.json(undefined)", TYPE_ERROR],
  ["Response.json()", TYPE_ERROR],
  ["Response.json(1, { status: 204 })", TYPE_ERROR],
  ["const a = {}; a.a = a; Response.json(a); return 1", TYPE_ERROR],
  ["const r = Response.redirect('http://a/b c'); return [r.status, r.headers.get('location')]", [302, "http://a/b%20c"]],
  ["Response.redirect('http://a', 301).status", 301],
  ["Response.redirect('http://a', 200)", RANGE_ERROR],
  ["Response.redirect('/x')", TYPE_ERROR],
  ["Response.redirect('http://a').headers.set('a', 'b')", TYPE_ERROR],
  ["const r = Response.error(); return [r.type, r.status, r.ok]", ["error", 0, false]],
  ["Response.error().headers.append('a', 'b')", TYPE_ERROR],
  ["Object.keys(Response)", ["error", "json", "redirect"]],
]);

table("Request", [
  ["const r = new Request('http://a/ b#c'); return [r.method, r.url, r.redirect, [...r.headers], r.body, r.signal.aborted]", ["GET", "http://a/%20b#c", "follow", [], null, false]],
  ["new Request(new URL('http://a/')).url", "http://a/"],
  ["new Request('/x')", TYPE_ERROR],
  ["new Request('http://u:p@a/')", TYPE_ERROR],
  ["new Request()", TYPE_ERROR],
  ["['get', 'post', 'PuT', 'patch'].map((method) => new Request('http://a', { method }).method)", ["GET", "POST", "PUT", "patch"]],
  ["new Request('http://a', { method: 'TRACE' })", TYPE_ERROR],
  ["new Request('http://a', { method: 'a b' })", TYPE_ERROR],
  ["new Request('http://a', { method: '' })", TYPE_ERROR],
  ["new Request('http://a', { body: 'x' })", TYPE_ERROR],
  ["new Request('http://a', { method: 'HEAD', body: '' })", TYPE_ERROR],
  ["new Request('http://a', { body: null }).method", "GET"],
  ["const r = new Request('http://a', { method: 'POST', body: 'x', headers: { a: 'b' } }); return [await r.text(), [...r.headers]]", ["x", [["a", "b"], ["content-type", "text/plain;charset=UTF-8"]]]],
  ["new Request('http://a', { redirect: 'manual' }).redirect", "manual"],
  ["new Request('http://a', { redirect: 'x' })", TYPE_ERROR],
  ["new Request('http://a', { signal: {} })", TYPE_ERROR],
  ["new Request('http://a', { signal: null }).signal.aborted", false],
  ["new Request('http://a', { signal: AbortSignal.abort('r') }).signal.reason", "r"],
  ["const c = new AbortController(); const r = new Request('http://a', { signal: c.signal }); const s = r.signal; c.abort(1); return [s.reason, s === c.signal, new Request(r).signal.reason]", [1, false, 1]],
  ["const a = new Request('http://a', { method: 'POST', body: 'x', headers: { k: 'v' } }); const b = new Request(a); return [a.bodyUsed, await b.text(), b.headers.get('k'), b.method]", [true, "x", "v", "POST"]],
  ["const a = new Request('http://a', { method: 'POST', body: 'x' }); await a.text(); new Request(a); return 1", TYPE_ERROR],
  ["const a = new Request('http://a', { method: 'POST', body: 'x' }); const b = new Request(a, { body: 'y', headers: {} }); return [a.bodyUsed, await b.text()]", [false, "y"]],
  ["new Request(new Request('http://a', { method: 'POST', body: 'x' }), { method: 'GET' })", TYPE_ERROR],
  ["const a = new Request('http://a', { method: 'POST', body: 'x' }); const b = new Request(a, { body: null }); return [a.bodyUsed, await b.text()]", [true, "x"]],
  ["new Request(new Request('http://a', { method: 'POST', body: 'x' }), { method: 'GET', body: null })", TYPE_ERROR],
  ["const a = new Request('http://a', { method: 'POST', body: 'x', redirect: 'error' }); const b = a.clone(); return [await a.text(), await b.text(), b.redirect, b.method, b.url]", ["x", "x", "error", "POST", "http://a/"]],
  ["const a = new Request('http://a', { method: 'POST', body: 'x' }); await a.text(); a.clone(); return 1", TYPE_ERROR],
  ["const a = new Request('http://a', { headers: { x: '1' } }); const b = new Request(a); b.headers.set('x', '2'); return a.headers.get('x')", "1"],
  ["Request.length", 1],
  ["Object.prototype.toString.call(new Request('http://a'))", "[object Request]"],
]);

test("integrity: an answer with another body is none", async () => {
  const { createHash } = await import("node:crypto");
  const of = (name, text) => `${name}-${createHash(name).update(text).digest("base64")}`;
  const [right, strong, wrong, wrongStrong] = [of("sha256", "body"), of("sha512", "body"), of("sha256", "x"), of("sha384", "x")];
  const context = new Context();
  const fetching = async (integrity, { body = "body", method = "GET", ...answer } = {}) => {
    const result = context.inRequest(`
      const fetched = fetch(new Request("http://x.test/", { method: "${method}" }), { integrity: ${JSON.stringify(integrity)} });
      return fetched.then(async (r) => \`\${await r.clone().text()} \${r.status} \${r.url} \${await r.text()}\`, (error) => error.name);`);
    await context.settled();
    await context.settleFetch(context.fetches.at(-1), { body, ...answer });
    if (typeof body === "number") {
      const read = context.reads.at(-1);
      assert.deepEqual([read.body, read.all], [body, true]);
      context.run(read.request, () => context.exports.settleRead(read.id, null, context.inRealm(new TextEncoder().encode("body"))));
    }
    return result;
  };
  const passed = "body 200 http://x.test/ body";
  for (const good of ["", "unknown-x", "sha256", right, ` ${right}\t${wrong} `, strong, `${wrong} ${strong}`,
    right.replaceAll("=", ""), right.replaceAll("+", "-").replaceAll("/", "_"), right.replace("sha", "SHA"), `${right}?option`]) {
    assert.equal(await fetching(good), passed, good);
    assert.equal(await fetching(good, { body: 9 }).catch(() => "read as usual"), good === "" || good.startsWith("u") || good === "sha256" ? "read as usual" : passed, good);
  }
  for (const bad of [wrong, `${wrongStrong} ${right}`, "sha256-", "sha512-AAAA", `${right}AAAA`]) assert.equal(await fetching(bad), "TypeError", bad);
  assert.equal(await fetching(right, { body: null, method: "HEAD" }), "TypeError");
  assert.equal(await fetching(right, { status: 404 }), passed.replace("200", "404"));
  assert.equal(await context.inRequest(`return fetch("data:,body", { integrity: "${right}" }).then((r) => r.text())`), "body");
  assert.equal(await context.inRequest(`return fetch("data:,x", { integrity: "${right}" }).catch((error) => error.name)`), "TypeError");
});

test("a form gathers small pieces: each read waits for as much as has come", async () => {
  const context = new Context();
  const result = context.inRequest(`return fetch("http://x.test/").then((r) => r.formData()).then((form) => form.get("a").length)`);
  await context.settled();
  await context.settleFetch(context.fetches.at(-1), { body: 9, headers: ["content-type", "multipart/form-data; boundary=x"] });
  const form = `--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n${"v".repeat(200_000)}\r\n--x--\r\n`;
  let at = 0;
  while (at < form.length) {
    const read = context.reads.at(-1);
    const piece = form.slice(at, at + Math.max(context.leasts.at(-1), 10));
    at += piece.length;
    context.run(read.request, () => context.exports.settleRead(read.id, null, context.inRealm(new TextEncoder().encode(piece))));
    await context.settled();
  }
  const read = context.reads.at(-1);
  context.run(read.request, () => context.exports.settleRead(read.id, null, null));
  assert.equal(await result, 200_000);
  assert.deepEqual(context.leasts.slice(0, 5), [0, 10, 20, 40, 80]);
  assert.equal(Math.max(...context.leasts), 65536);
});
