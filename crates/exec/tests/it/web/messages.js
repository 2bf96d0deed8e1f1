const data = (target, n) => new Promise((r) => { const all = []; target.addEventListener("message", (e) => { all.push(e.data); if (all.length === n) r(all) }); target.start?.() });
const all = async (readable) => { const out = []; for await (const chunk of readable) out.push(chunk); return out };
const moved = (value) => structuredClone(value, { transfer: [value] });
check("a channel", async () => {
  const { port1, port2 } = new MessageChannel(); for (let i = 0; i < 300; i++) port1.postMessage(i); assertEquals(await data(port2, 300), Array.from({ length: 300 }, (_, i) => i));
  const order = []; const end = new Promise((r) => { port1.onmessage = (e) => { order.push(e.data); queueMicrotask(() => order.push("m")); if (e.data === 2) setTimeout(r, 1) } }); port2.postMessage(1); port2.postMessage(2); order.push("s"); await end; assertEquals(order, ["s", 1, "m", 2, "m"]);
  const blob = new Blob(["ab"]); port1.onmessage = null; const got = data(port1, 1); port2.postMessage({ blob, map: new Map([[1, new Date(0)]]) }); const [value] = await got; assertEquals([await value.blob.text(), value.map.get(1)], ["ab", new Date(0)]);
});
check("ports that move", async () => {
  const a = new MessageChannel(), b = new MessageChannel(); a.port2.postMessage("first"); b.port1.postMessage(null, [a.port1]); a.port2.postMessage("second"); const port = await new Promise((r) => { b.port2.onmessage = (e) => r(e.ports[0]) }); a.port2.postMessage("third"); assertEquals(await data(port, 3), ["first", "second", "third"]);
  assertThrows(() => a.port1.postMessage.call({}), "TypeError"); assertThrows(() => structuredClone(a.port1, { transfer: [a.port1] }), "DataCloneError"); assertThrows(() => structuredClone(port), "DataCloneError");
});
check("buffers that move are not copied", () => {
  let buffer = new Uint8Array(40 << 20).fill(7).buffer; for (let i = 0; i < 20; i++) { const next = moved(buffer); assertEquals([buffer.byteLength, buffer.detached, next.byteLength], [0, true, 40 << 20]); buffer = next } assertEquals(new Uint8Array(buffer)[(40 << 20) - 1], 7);
});
check("buffers that change while they are moved", () => {
  const buffer = new ArrayBuffer(8, { maxByteLength: 16 }); const shrink = { view: new Uint8Array(buffer), get x() { buffer.resize(1) } }; assertThrows(() => structuredClone(shrink, { transfer: [buffer] }), "DataCloneError"); assertEquals([buffer.detached, buffer.byteLength], [false, 1]);
  const gone = new Uint8Array([1, 2]).buffer; let stolen; const steal = { gone, get x() { stolen = moved(gone) } }; assertThrows(() => structuredClone(steal, { transfer: [gone] }), "DataCloneError"); assertEquals([...new Uint8Array(stolen)], [1, 2]);
  const kept = new ArrayBuffer(4); assertThrows(() => structuredClone({ kept, f() {} }, { transfer: [kept] }), "DataCloneError"); assertEquals(kept.byteLength, 4);
  const grown = new ArrayBuffer(4, { maxByteLength: 8 }); const view = structuredClone(new Uint8Array(grown), { transfer: [grown] }); view.buffer.resize(8); view[7] = 1; assertEquals([view.length, grown.detached], [8, true]);
});
check("streams that move", async () => {
  const o = {}; const r = ReadableStream.from([o, 2, "x"]); const copies = await all(moved(r)); assertEquals([copies.length, copies[0] !== o, copies[2]], [3, true, "x"]);
  const written = []; let closed; const ended = new Promise((f) => { closed = f }); const w = moved(new WritableStream({ write(c) { written.push(c) }, close() { closed() } })); const writer = w.getWriter(); for (let i = 0; i < 20; i++) await writer.write(i); await writer.close(); await ended; assertEquals(written, Array.from({ length: 20 }, (_, i) => i));
  const t = moved(new TransformStream({ transform(c, k) { k.enqueue(c * 2) } })); assertEquals(await all(ReadableStream.from([1, 2]).pipeThrough(t)), [2, 4]);
  assertEquals(await new Response(moved(new Blob(["a body"]).stream())).text(), "a body");
  await assertRejects(all(moved(new ReadableStream({ pull(c) { c.error(new RangeError("m")) } }))), "RangeError"); await assertRejects(all(moved(ReadableStream.from([() => {}]))), "DataCloneError");
  let heard; const reason = new Promise((f) => { heard = f }); const canceled = moved(new ReadableStream({ cancel(why) { heard(why) } })); await canceled.cancel("enough"); assertEquals(await reason, "enough");
});
check("broadcasts", async () => {
  const a = new BroadcastChannel("n"), b = new BroadcastChannel("n"), c = new BroadcastChannel("other"); let other = 0; c.onmessage = () => other++; const got = data(b, 2); a.postMessage({ x: 1 }); a.postMessage([2]); assertEquals([await got, other, b.name], [[{ x: 1 }, [2]], 0, "n"]); a.close(); assertThrows(() => a.postMessage(1), "InvalidStateError"); b.close(); c.close();
  for (let i = 0; i < 2000; i++) new BroadcastChannel("n" + (i % 300)).postMessage(i);
});
