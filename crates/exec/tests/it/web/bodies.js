const bytes = (...values) => new Uint8Array(values);
const stream = (...chunks) => new ReadableStream({ start(c) { for (const chunk of chunks) c.enqueue(chunk); c.close() } });
const post = (body, more) => new Request("http://x/", { method: "POST", duplex: "half", body, ...more });
const text = (...chunks) => stream(...chunks.map((chunk) => new TextEncoder().encode(chunk)));
const methods = { text: "[1]", json: [1], bytes: bytes(91, 49, 93), arrayBuffer: bytes(91, 49, 93).buffer };

check("body is null where there is none", async () => {
  assertEquals([new Response().body, new Response(null).body, new Request("http://x/").body, Response.error().body, Response.redirect("http://x/").body, new Response(null, { status: 204 }).body], [null, null, null, null, null, null]); assertEquals([new Response("").body === null, new Response().bodyUsed], [false, false]);
});
check("a fetched 204, 205 or 304, and the answer to HEAD, can be made anew of their parts", async () => {
  for (const status of [204, 205, 304]) { const r = await fetch(`http://x/status/${status}`); assertEquals([r.status, r.body, new Response(r.body, r).status], [status, null, status]) }
  const head = await fetch("http://x/echo", { method: "HEAD" }); assertEquals([head.body, new Response(head.body, head).status], [null, 200]);
});
check("body is a stream of bytes, the same each time", async () => {
  for (const holder of [new Response("ab"), post("ab"), new Response(bytes(97, 98)), await fetch("http://x/bytes/2")]) { const { body } = holder; assert(body instanceof ReadableStream && body === holder.body); assertEquals([holder.bodyUsed, body.locked], [false, false]); const reader = body.getReader({ mode: "byob" }); assertEquals([holder.bodyUsed, body.locked], [false, true]); const { value } = await reader.read(bytes(0)); assertEquals([value.length, holder.bodyUsed], [1, true]); await reader.cancel() }
});
check("reading the stream", async () => {
  const out = []; for await (const chunk of new Response("abc").body) out.push(...chunk); assertEquals(out, [97, 98, 99]); assertEquals(await new Response("").body.getReader().read(), { value: undefined, done: true }); const empty = await new Response("").body.getReader({ mode: "byob" }).read(bytes(0)); assertEquals([empty.done, empty.value.length], [true, 0]);
  const odd = new Response(bytes(1, 0, 2)).body.getReader({ mode: "byob" }); assertEquals((await odd.read(new Uint16Array(2))).value, new Uint16Array([1]));
});
check("reading otherwise uses up the stream", async () => { for (const name of Object.keys(methods)) for (const first of [true, false]) { const r = new Response("[1]"); if (first) r.body; assertEquals(await r[name](), methods[name]); assertEquals([r.bodyUsed, r.body.locked], [true, true]); assertThrows(() => r.body.getReader(), "TypeError"); await assertRejects(r[name](), "TypeError") } });
check("a stream that is locked or read of is of no use", async () => {
  for (const name of Object.keys(methods)) { const locked = new Response("[1]"); const reader = locked.body.getReader(); await assertRejects(locked[name](), "TypeError"); assertThrows(() => locked.clone(), "TypeError"); assertThrows(() => new Response(locked.body), "TypeError"); reader.releaseLock(); assertEquals(await locked[name](), methods[name]); const canceled = new Response("x"); await canceled.body.cancel(); assertEquals(canceled.bodyUsed, true); await assertRejects(canceled[name](), "TypeError") }
});
check("streams as bodies", async () => {
  for (const name of Object.keys(methods)) { const given = text("[", "1", "", "]"); const r = new Response(given); assert(r.body === given); assertEquals([r.bodyUsed, r.headers.get("content-type")], [false, null]); assertEquals(await r[name](), methods[name]); assertEquals([r.bodyUsed, given.locked], [true, true]); await assertRejects(r[name](), "TypeError"); assertEquals(await post(text("[1]"))[name](), methods[name]) }
  assertEquals(await new Response(stream()).text(), ""); assertEquals((await new Response(stream(bytes(1, 2), bytes(3))).bytes()).buffer.byteLength, 3); assertEquals(await new Response(stream(bytes(195), bytes(164))).text(), "ä"); const big = new Response(stream(...Array.from({ length: 300 }, () => new Uint8Array(1000).fill(7)))); const read = await big.bytes(); assertEquals([read.length, read.every((x) => x === 7)], [300000, true]);
});
check("what is left at the end goes into a view for more", async () => {
  const kinds = { text: () => new Response("abcdef").body, bytes: () => new Response(new TextEncoder().encode("abcdef")).body, blob: () => new Blob(["abcdef"]).stream(), parts: () => new Blob(["abc", "def"]).stream(), clone: () => new Response("abcdef").clone().body, tee: () => new Response("abcdef").body.tee()[1] };
  for (const [name, make] of Object.entries(kinds)) {
    const show = ({ value, done }) => new TextDecoder().decode(value) + (done ? "." : ""); const read = (reader, size) => reader.read(new Uint8Array(size), { min: size });
    const reader = make().getReader({ mode: "byob" }); assertEquals([name, show(await read(reader, 4)), show(await read(reader, 10)), show(await read(reader, 1))], [name, "abcd", "ef.", "."]); await reader.closed;
    const several = make().getReader({ mode: "byob" }); assertEquals([name, ...(await Promise.all([read(several, 5), read(several, 9), read(several, 9)])).map(show)], [name, "abcde", "f.", "."]);
    const some = make(); const first = some.getReader({ mode: "byob" }); await read(first, 4); first.releaseLock(); assertEquals([name, show(await some.getReader().read())], [name, "ef"]);
    const half = make().getReader({ mode: "byob" }); await read(half, 3); await assertRejects(half.read(new Uint16Array(2), { min: 2 }), "TypeError"); await assertRejects(half.closed, "TypeError");
  }
  const whole = new Response("ab").body.getReader(); await whole.read(); await whole.closed;
  const own = new ReadableStream({ type: "bytes", start(c) { c.enqueue(new Uint8Array(6)); c.close() } }).getReader({ mode: "byob" }); await assertRejects(own.read(new Uint8Array(10), { min: 10 }), "TypeError");
});
check("what a stream as a body may be", async () => {
  const locked = stream(); locked.getReader(); const used = stream(bytes(1)); await used.getReader().read(); for (const bad of [locked, used]) { assertThrows(() => new Response(bad), "TypeError"); assertThrows(() => post(bad), "TypeError") } for (const other of [stream(), new Blob(["x"]).stream(), { async *[Symbol.asyncIterator]() {} }]) for (const _ of [1, 2]) assertThrows(() => new Request("http://x/", { method: "POST", body: other }), "TypeError"); for (const keepalive of [true, 1]) assertThrows(() => post(stream(), { keepalive }), "TypeError"); assertThrows(() => new Request(post("x", { keepalive: true }), { body: stream(), duplex: "half" }), "TypeError"); assertEquals([post("x", { keepalive: true }).keepalive, post(stream(), { keepalive: false }).keepalive], [true, false]); assertThrows(() => post(stream(), { duplex: "full" }), "TypeError"); assertThrows(() => post(stream(), { method: "GET" }), "TypeError"); assertThrows(() => new Response(stream(), { status: 204 }), "TypeError"); assertEquals(post("x").duplex, "half");
  for (const chunk of ["text", 1, {}, new ArrayBuffer(1), new Uint16Array(1)]) { await assertRejects(new Response(stream(chunk)).text(), "TypeError"); let reason; await assertRejects(new Response(new ReadableStream({ pull(c) { c.enqueue(chunk) }, cancel(r) { reason = r } })).bytes(), "TypeError"); assertEquals(reason.name, "TypeError") }
});
check("then on Object.prototype sees nothing", async () => { for (const name of ["text", "json"]) { let seen = 0; const r = new Response(text("[1]")); const copy = new Response(text("[1]")).clone(); Object.defineProperty(Object.prototype, "then", { configurable: true, get() { if (this instanceof Uint8Array) seen++ } }); try { const values = [await r[name](), await copy[name]()]; assertEquals([values, seen], [[methods[name], methods[name]], 0]) } finally { delete Object.prototype.then } } });
check("errors of a stream", async () => { for (const name of Object.keys(methods)) await assertRejects(new Response(new ReadableStream({ pull(c) { c.error(new RangeError("x")) } }))[name](), "RangeError") });
check("passing a body on", async () => {
  const first = new Response("abc"); const second = new Response(first.body, first); assert(first.body === second.body); assertEquals([first.bodyUsed, await second.text(), first.bodyUsed], [false, "abc", true]); const incoming = post(text("abc")); const { body } = incoming; const next = new Request(incoming); assertEquals([incoming.bodyUsed || body.locked, next.body === body, await next.text()], [true, false, "abc"]); const memory = post("abc"); const other = new Request(memory); assertEquals([memory.bodyUsed, await other.text()], [true, "abc"]); assertThrows(() => new Request(memory), "TypeError");
});
check("clone", async () => {
  for (const make of [() => new Response("abc"), () => new Response(text("ab", "c")), () => post(text("abc")), () => post(bytes(97, 98, 99))]) { const a = make(); const { body } = a; const b = a.clone(); assertEquals([body.locked, a.body === body, a.body === b.body], [true, false, false]); const [x, y] = await Promise.all([a.bytes(), b.bytes()]); assertEquals([x, y], [bytes(97, 98, 99), bytes(97, 98, 99)]); x[0] = 0; assertEquals(y[0], 97) }
  const a = new Response("abc"); const b = a.clone(); const first = (await a.body.getReader().read()).value; first[0] = 0; assertEquals(await b.text(), "abc"); const c = new Response(text("abc")); await c.text(); assertThrows(() => c.clone(), "TypeError");
});
check("uploads that are streams", async () => {
  assertEquals((await (await fetch("http://x/echo", { method: "POST", duplex: "half", body: text("a", "b") })).json()).body, "ab"); assertEquals((await (await fetch("http://x/echo", { method: "POST", body: new Response("passed").body, duplex: "half" })).json()).body, "passed"); await assertRejects(fetch("http://x/echo", { method: "POST", duplex: "half", body: new ReadableStream({ pull() { throw new RangeError("x") } }) }), "TypeError");
  let reason; const abort = new AbortController(); const upload = fetch("http://x/echo", { method: "POST", duplex: "half", signal: abort.signal, body: new ReadableStream({ cancel(r) { reason = r } }) }); abort.abort(); await assertRejects(upload, "AbortError"); assertEquals(reason.name, "AbortError"); await assertRejects(fetch("http://x/echo", { method: "POST", duplex: "half", signal: AbortSignal.abort(), body: stream() }), "AbortError");
});
check("a stream through transforms", async () => { const r = new Response(new Response("abc").body.pipeThrough(new TextDecoderStream()).pipeThrough(new TransformStream({ transform(x, c) { c.enqueue(x.toUpperCase()) } })).pipeThrough(new TextEncoderStream())); assertEquals(await r.text(), "ABC") });
check("what is iterated asynchronously is a body", async () => {
  async function* parts() { yield bytes(97); yield bytes(98, 99) } const r = new Response(parts()); assertEquals(r.headers.get("content-type"), null); assertEquals(await r.text(), "abc"); assertEquals(await new Response({ [Symbol.asyncIterator]: parts }).text(), "abc"); assertEquals(await new Response([bytes(1)]).text(), "1"); assertEquals(await new Response({ [Symbol.asyncIterator]: 1 }).text(), "[object Object]");
  async function* fails() { yield bytes(97); throw new RangeError("x") } await assertRejects(new Response(fails()).text(), "RangeError"); let ended = false; async function* endless() { try { while (true) yield bytes(1) } finally { ended = true } } const left = new Response(endless()); const reader = left.body.getReader(); await reader.read(); await reader.cancel(); assertEquals(ended, true);
});
check("the stream of an empty body has ended", async () => { for (const body of [new Response("").body, new Response(new Uint8Array(0)).body, new Request("http://x/", { method: "POST", body: new URLSearchParams() }).body, (await fetch("data:,")).body]) { const reader = body.getReader(); await reader.closed; assertEquals(await reader.read(), { value: undefined, done: true }); } const empty = new Response(""); empty.body; assertEquals([empty.bodyUsed, await empty.text(), empty.bodyUsed, await new Response(new Response("").body).text()], [false, "", true, ""]); });
check("texts as they come", async () => {
  const all = async (stream) => { const list = []; for await (const x of stream) list.push(x); return list };
  const split = () => new ReadableStream({ start(c) { c.enqueue(bytes(0xef, 0xbb)); c.enqueue(bytes(0xbf, 0xe2)); c.enqueue(bytes(0x82, 0xac, 0xff)); c.close() } });
  assertEquals(await all(new Response(split()).textStream()), ["\u20ac\ufffd"]); assertEquals((await all(new Response("x".repeat(1e5) + "\u00fc").textStream())).join("").length, 100001); assertEquals(await all(new Request("http://x/", { method: "POST", body: "ab" }).textStream()), ["ab"]);
  const used = new Response("x"), texts = used.textStream(); assert(texts instanceof ReadableStream); assertEquals([used.bodyUsed, used.body.locked, await all(texts), used.bodyUsed], [true, true, ["x"], true]); assertThrows(() => used.textStream(), "TypeError"); await assertRejects(used.text(), "TypeError");
  assertEquals([await all(new Response().textStream()), await all(new Response("").textStream()), new Response().textStream() !== new Response().textStream()], [[], [], true]); const none = new Response(null); none.textStream(); assertEquals(none.bodyUsed, false); assertThrows(() => new Response().textStream().getReader({ mode: "byob" }), "TypeError");
  await assertRejects(all(new Response(new ReadableStream({ pull(c) { c.error(new RangeError("x")) } })).textStream()), "RangeError"); let cancelled; await new Response(new ReadableStream({ cancel(reason) { cancelled = reason } })).textStream().cancel("why"); assertEquals(cancelled, "why");
  const blob = new Blob(["a\u00e9"], { type: "text/plain;charset=latin1" }); assertEquals([(await all(blob.textStream())).join(""), (await all(new File([], "f").textStream())).length, (await all(blob.slice(1, 3).textStream())).join("")], ["a\u00e9", 0, "\u00e9"]); assertThrows(() => Response.prototype.textStream.call({}), "TypeError"); assertThrows(() => Blob.prototype.textStream.call({}), "TypeError");
});
