// Answers that came compressed: which headers go out with what is made of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../harness.mjs";

const HEADERS = ["content-encoding", "gzip", "content-length", "9", "x-mine", "1"];

// What a handler answers, or uploads, that is given a compressed answer `r`, whose body is 7 to the host.
async function answer(code, coded = true) {
  const context = new Context();
  context.module(`{ async fetch() { const r = await fetch("http://x/"); ${code} } }`);
  const id = await context.fetch();
  await context.settleFetch(context.fetches[0], { headers: HEADERS, body: 7, coded });
  let hasEnded = false;
  for (const read of context.reads) {
    const bytes = hasEnded ? null : context.inRealm(new TextEncoder().encode("text"));
    hasEnded = true;
    context.run(id, () => context.exports.settleRead(read.id, null, bytes));
    await context.settled();
  }
  const sent = context.event(id, "respond") ?? context.fetches[1];
  return [sent.body, Object.fromEntries(sent.headers.flatMap((name, i, all) => (i % 2 === 0 ? [[name, all[i + 1]]] : [])))];
}

const whole = { "content-encoding": "gzip", "content-length": "9", "x-mine": "1" };
const plain = { "x-mine": "1" };

for (const [code, body, headers] of [
  ["return r", 7, whole],
  ["return new Response(r.body, r)", 7, whole],
  ["r.body; return new Response(r.body, { headers: new Headers(r.headers) })", 7, whole],
  ["return new Response(r.body)", 7, {}],
  ["return new Response(null, r)", null, whole],
  ["return new Response('text', r)", "text", { ...plain, "content-type": "text/plain;charset=UTF-8" }],
  ["return new Response(await r.text(), { headers: new Headers(r.headers) })", "text", { ...plain, "content-type": "text/plain;charset=UTF-8" }],
  ["return new Response(await r.bytes(), r)", "text", plain],
  ["const c = new Response(await r.bytes(), r); c.headers.set('content-encoding', 'br'); return c", "text", { ...whole, "content-encoding": "br" }],
  ["const c = new Response(await r.bytes(), r); c.headers.set('x-other', '2'); return c.clone()", "text", { ...plain, "x-other": "2" }],
  ["fetch('http://y/', { method: 'POST', body: await r.text(), headers: r.headers })", "text", { ...plain, "content-type": "text/plain;charset=UTF-8" }],
  ["fetch('http://y/', { method: 'POST', body: r.body, duplex: 'half', headers: r.headers })", 7, whole],
  ["return new Response(r.clone().body, r)", 1, plain],
]) {
  test(`headers of a compressed answer: ${code}`, async () => {
    assert.deepEqual(await answer(code), [body, headers]);
  });
}

test("headers of other answers are left alone", async () => {
  const headers = { ...whole, "content-type": "text/plain;charset=UTF-8" };
  assert.deepEqual(await answer("return new Response(await r.text(), r)", false), ["text", headers]);
});

test("the headers stay to be seen", async () => {
  const [body] = await answer("await r.text(); return new Response(r.headers.get('content-encoding') + r.headers.get('content-length'))");
  assert.equal(body, "gzip9");
});
