const bytes = (...values) => new Uint8Array(values);
const all = async (readable) => { const out = []; for await (const chunk of readable) out.push(...chunk); return out };

check("shape", () => {
  assertEquals(Object.keys(Blob.prototype).sort(), ["arrayBuffer", "bytes", "size", "slice", "stream", "text", "textStream", "type"]); assertEquals(Object.keys(File.prototype).sort(), ["lastModified", "name"]); assertEquals([Blob.length, File.length, Blob.prototype.slice.length, File.prototype instanceof Blob, Object.prototype.toString.call(new File([], ""))], [0, 2, 0, true, "[object File]"]); for (const name of ["size", "type"]) assertThrows(() => Reflect.get(Blob.prototype, name, {}), "TypeError"); assertThrows(() => Reflect.get(File.prototype, "name", new Blob()), "TypeError");
});
check("parts", async () => {
  const blob = new Blob(["ä", bytes(1, 2), bytes(3, 4).buffer, new DataView(bytes(5, 6).buffer, 1), new Blob(["b"]), 7, null, "\ud800"]); assertEquals(await blob.bytes(), bytes(195, 164, 1, 2, 3, 4, 6, 98, 55, 110, 117, 108, 108, 239, 191, 189)); assertEquals([new Blob().size, new Blob(undefined).size, new Blob([]).size, new Blob(new Set(["a", "bc"])).size, new Blob(bytes(10, 20)).size], [0, 0, 0, 3, 4]); for (const bad of [null, "abc", 1, {}, { [Symbol.iterator]: 1 }]) assertThrows(() => new Blob(bad), "TypeError"); assertThrows(() => new Blob([Symbol()]), "TypeError");
  const given = bytes(1); const kept = new Blob([given]); given[0] = 2; assertEquals(await kept.bytes(), bytes(1));
});
check("type", () => { for (const [type, expected] of [["Text/PLAIN", "text/plain"], ["", ""], [undefined, ""], [null, "null"], ["te\u0009xt", ""], ["ä", ""], ["any thing", "any thing"]]) assertEquals(new Blob([], { type }).type, expected); assertThrows(() => new Blob([], 1), "TypeError"); assertEquals(new Blob([], null).type, "") });
check("endings", async () => { assertEquals(await new Blob(["a\r\nb\rc\nd\r"], { endings: "native" }).text(), "a\nb\nc\nd\n"); assertEquals(await new Blob(["a\r\n", bytes(13, 10)], { endings: "transparent" }).text(), "a\r\n\r\n"); assertEquals((await new Blob([bytes(13, 10)], { endings: "native" }).bytes()).length, 2); assertThrows(() => new Blob([], { endings: "x" }), "TypeError") });
check("slice", async () => {
  const blob = new Blob(["0123456789"], { type: "a/b" }); for (const [args, expected] of [[[], "0123456789"], [[2], "23456789"], [[2, 4], "23"], [[-3], "789"], [[-3, -1], "78"], [[4, 2], ""], [[0, 100], "0123456789"], [[-100, 2], "01"], [[NaN, 1], "0"], [[null, "2"], "01"], [[0.5, 1.5], "01"], [[1.5], "23456789"], [[2 ** 70], ""], [[undefined, 1], "0"]]) assertEquals(await blob.slice(...args).text(), expected);
  assertEquals([blob.slice().type, blob.slice(0, 1, "X/y").type, blob.slice(0, 1, "ä").type, blob.slice(1, 4).slice(1, 2).size], ["", "x/y", "", 1]); assertEquals(await blob.slice(2, 8).slice(1, 3).text(), "34");
});
check("reading", async () => {
  const blob = new Blob([bytes(0xef, 0xbb, 0xbf, 97, 0xff)]); assertEquals([await blob.text(), (await blob.arrayBuffer()).byteLength], ["a\ufffd", 5]); const mine = await blob.bytes(); mine[3] = 98; assertEquals((await blob.bytes())[3], 97); assertEquals(await all(blob.stream()), [239, 187, 191, 97, 255]); for (const name of ["text", "bytes", "arrayBuffer"]) await assertRejects(Blob.prototype[name].call({}), "TypeError");
});
check("streams", async () => {
  const large = new Blob([new Uint8Array(200000).fill(7)]); let count = 0; let chunks = 0; for await (const chunk of large.stream()) { count += chunk.length; chunks++ } assertEquals([count, chunks > 1], [200000, true]); const reader = large.slice(0, 3).stream().getReader({ mode: "byob" }); assertEquals((await reader.read(new Uint8Array(2))).value, bytes(7, 7)); assertEquals((await reader.read(new Uint8Array(2))).value, bytes(7)); assertEquals((await reader.read(new Uint8Array(2))).done, true); assertEquals((await new Blob().stream().getReader().read()).done, true); assertEquals((await new Blob().stream().getReader({ mode: "byob" }).read(new Uint8Array(2))).done, true);
});
check("File", async () => {
  const before = Date.now(); const file = new File(["x"], "n\ud800/a", { type: "A/b", lastModified: 5.9 }); assertEquals([file.name, file.type, file.lastModified, file.size, await file.text()], ["n\ufffd/a", "a/b", 5, 1, "x"]); const now = new File([], "").lastModified; assert(now >= before && now <= Date.now()); for (const [given, expected] of [[NaN, 0], [Infinity, 0], ["7", 7], [-3.5, -3], [2 ** 64 + 4096, 4096], [null, 0]]) assertEquals(new File([], "", { lastModified: given }).lastModified, expected); for (const f of [() => new File(), () => new File([]), () => new File("x", "n"), () => File([], "")]) assertThrows(f, "TypeError"); assert(!(file.slice() instanceof File));
});
check("as bodies", async () => {
  const blob = new Blob(["abc"], { type: "x/y" }); const r = new Response(blob); assertEquals([r.headers.get("content-type"), await r.text(), await blob.text()], ["x/y", "abc", "abc"]); assertEquals(new Response(new Blob(["a"])).headers.get("content-type"), null); const read = await new Response(blob).bytes(); read[0] = 0; assertEquals(await blob.text(), "abc"); const chunk = (await new Response(blob).body.getReader().read()).value; chunk[0] = 0; assertEquals(await blob.text(), "abc"); assertEquals((await (await fetch("http://x/echo", { method: "POST", body: blob })).json()).body, "abc");
});
check("blob() of a body", async () => {
  for (const [type, expected] of [["text/plain;charset=UTF-8", "text/plain;charset=UTF-8"], ["TEXT/html; A=b ; c=\"d e\";a=x", "text/html;a=b;c=\"d e\""], ["nonsense", ""], ["a/b, c/d", "c/d"], ["text/html;charset=x, text/html", "text/html;charset=x"], ["text/html, */*", "text/html"], ["a/b;c", "a/b"], ["a/b;c=\"\\\"", "a/b;c=\"\\\"\""]]) assertEquals((await new Response("x", { headers: { "content-type": type } }).blob()).type, expected);
  assertEquals([(await new Response().blob()).size, (await new Response(new ReadableStream({ start(c) { c.enqueue(bytes(1, 2)); c.close() } })).blob()).size], [0, 2]); const used = new Response("x"); await used.blob(); await assertRejects(used.blob(), "TypeError");
});
check("parts on buffers that are resizable or shared are copied", async () => {
  const buffer = new ArrayBuffer(2, { maxByteLength: 8 }); const tracking = new Uint8Array(buffer); const shared = new Uint8Array(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer, 0, 3); shared.fill(7); tracking.fill(1);
  const blob = new Blob([buffer, tracking, shared]); const responses = [buffer, tracking, shared].map((body) => new Response(body)); buffer.resize(8); tracking.fill(9); shared.fill(9);
  assertEquals([...await blob.bytes()], [1, 1, 1, 1, 7, 7, 7]); const read = []; for (const response of responses) read.push([...await response.bytes()]); assertEquals(read, [[1, 1], [1, 1], [7, 7, 7]]);
});
check("crypto can be replaced", () => {
  const own = { own: true }; const { crypto: before } = globalThis; try { globalThis.crypto = own; assert(crypto === own); Object.defineProperty(globalThis, "crypto", { value: before, writable: true, enumerable: true, configurable: true }); assert(crypto === before) } finally { globalThis.crypto = before }
});
