const bytes = (...values) => new Uint8Array(values);
const byteStream = (source, strategy) => new ReadableStream({ type: "bytes", ...source }, strategy);
const full = (...chunks) => byteStream({ start(c) { for (const chunk of chunks) c.enqueue(chunk); c.close() } });
const microtasks = async () => { for (let i = 0; i < 20; i++) await null };

check("construction", () => {
  assertThrows(() => byteStream({}, { size: () => 1 }), "RangeError"); for (const autoAllocateChunkSize of [0, -1, NaN, "x"]) assertThrows(() => byteStream({ autoAllocateChunkSize }), "TypeError"); byteStream({ autoAllocateChunkSize: 1.5 }); let c; byteStream({ start(controller) { c = controller } }); assertEquals([c.constructor.name, c.desiredSize, c.byobRequest], ["ReadableByteStreamController", 0, null]);
  byteStream({ start(controller) { c = controller } }, { highWaterMark: 7 }); assertEquals(c.desiredSize, 7); c.enqueue(bytes(1, 2)); assertEquals(c.desiredSize, 5);
});
check("chunks are taken, and are bytes", async () => {
  const given = new Uint16Array([1, 2]); const reader = full(given).getReader(); assertEquals(given.byteLength, 0); const { value } = await reader.read(); assertEquals([value.constructor.name, value.length, (await reader.read()).done], ["Uint8Array", 4, true]);
  let c; byteStream({ start(controller) { c = controller } }); for (const bad of [1, "x", {}, new ArrayBuffer(1), bytes(), given, new Uint8Array(new ArrayBuffer(1, { maxByteLength: 2 })), undefined]) assertThrows(() => c.enqueue(bad), "TypeError"); assertThrows(() => c.enqueue(), "TypeError");
  const memory = new WebAssembly.Memory({ initial: 1 }); assertThrows(() => c.enqueue(new Uint8Array(memory.buffer, 0, 1)), "TypeError"); assertEquals(memory.buffer.byteLength, 65536);
});
check("a BYOB reader fills its view, whose buffer is taken", async () => {
  const reader = full(bytes(1, 2, 3), bytes(4, 5)).getReader({ mode: "byob" }); const mine = bytes(9, 9, 9, 9); const first = await reader.read(mine); assertEquals([mine.byteLength, first.value, first.done], [0, bytes(1, 2, 3, 4), false]); assertEquals((await reader.read(new Uint8Array(first.value.buffer, 1, 3))).value, bytes(5)); const end = await reader.read(bytes(0)); assertEquals([end.done, end.value.byteLength], [true, 0]); assertEquals(await reader.closed, undefined);
});
check("views of other classes", async () => {
  const reader = full(bytes(1, 0, 2, 0, 3, 0, 0, 0)).getReader({ mode: "byob" }); assertEquals((await reader.read(new Uint16Array(2))).value, new Uint16Array([1, 2])); const { value } = await reader.read(new DataView(new ArrayBuffer(4))); assertEquals([value.constructor === DataView, value.getUint32(0, true)], [true, 3]);
});
check("bad views", async () => {
  const reader = full(bytes(1)).getReader({ mode: "byob" }); const detached = bytes(1); structuredClone(detached, { transfer: [detached.buffer] });
  for (const view of [undefined, 1, {}, new ArrayBuffer(1), bytes(), detached, new DataView(new ArrayBuffer(0)), new Uint8Array(new ArrayBuffer(1, { maxByteLength: 2 })), new Uint8Array(new WebAssembly.Memory({ initial: 1 }).buffer)]) await assertRejects(reader.read(view), "TypeError"); await assertRejects(reader.read(), "TypeError"); await assertRejects(ReadableStreamBYOBReader.prototype.read.call({}, bytes(1)), "TypeError");
  assertEquals((await reader.read(bytes(0))).value, bytes(1)); assertThrows(() => new ReadableStreamBYOBReader(new ReadableStream()), "TypeError"); assertThrows(() => new ReadableStreamBYOBReader({}), "TypeError");
});
check("min", async () => {
  let c; const reader = byteStream({ start(controller) { c = controller } }).getReader({ mode: "byob" }); let done = false; const read = reader.read(new Uint8Array(5), { min: 3 }).then((r) => { done = true; return r }); c.enqueue(bytes(1, 2)); await microtasks(); assertEquals(done, false); c.enqueue(bytes(3, 4)); assertEquals((await read).value, bytes(1, 2, 3, 4));
  for (const [view, min, error] of [[bytes(1), 0, "TypeError"], [bytes(1), 2, "RangeError"], [new Uint16Array(1), 2, "RangeError"], [bytes(1), -1, "TypeError"], [new DataView(new ArrayBuffer(1)), 2, "RangeError"]]) await assertRejects(reader.read(view, { min }), error);
});
check("the source writes into the reader's view", async () => {
  const seen = []; const reader = byteStream({ pull(c) { const { view } = c.byobRequest; assert(c.byobRequest === c.byobRequest); seen.push(view.byteOffset, view.byteLength); view[0] = 7; view[1] = 8; c.byobRequest.respond(2) } }).getReader({ mode: "byob" }); assertEquals((await reader.read(new Uint8Array(new ArrayBuffer(8), 2, 4))).value, bytes(7, 8)); assertEquals(seen, [2, 4]);
});
check("the source answers with a view of its own", async () => {
  const reader = byteStream({ pull(c) { const { view } = c.byobRequest; const moved = structuredClone(view.buffer, { transfer: [view.buffer] }); new Uint8Array(moved)[0] = 5; c.byobRequest.respondWithNewView(new Uint8Array(moved, 0, 1)) } }).getReader({ mode: "byob" }); assertEquals((await reader.read(new Uint8Array(2))).value, bytes(5));
});
check("requests that cannot be answered so", async () => {
  let request; let error; const reader = byteStream({ pull(c) { request = c.byobRequest; const errors = []; for (const f of [() => request.respond(0), () => request.respond(3), () => request.respond(-1), () => request.respond(), () => request.respondWithNewView(bytes(1)), () => request.respondWithNewView(new Uint8Array(new ArrayBuffer(3), 0, 1)), () => request.respondWithNewView(1)]) try { f(); errors.push("none") } catch (e) { errors.push(e.name) } error = errors; request.view[0] = 1; request.respond(1) } }).getReader({ mode: "byob" });
  assertEquals((await reader.read(new Uint8Array(2))).value, bytes(1)); assertEquals(error, ["TypeError", "RangeError", "TypeError", "TypeError", "RangeError", "RangeError", "TypeError"]); assertEquals(request.view, null); assertThrows(() => request.respond(1), "TypeError"); assertThrows(() => request.respondWithNewView(bytes(1)), "TypeError");
});
check("buffers are allocated for a reader without views", async () => {
  let size; const reader = byteStream({ autoAllocateChunkSize: 16, pull(c) { size = c.byobRequest.view.byteLength; c.byobRequest.view[0] = 3; c.byobRequest.respond(1) } }).getReader(); assertEquals([(await reader.read()).value, size], [bytes(3), 16]); await assertRejects(byteStream({ autoAllocateChunkSize: 2 ** 53 - 1 }).getReader().read(), "RangeError");
});
check("closing in the middle of an element", async () => {
  let c; const reader = byteStream({ start(controller) { c = controller } }).getReader({ mode: "byob" }); const read = reader.read(new Uint16Array(1)); c.enqueue(bytes(1)); assertThrows(() => c.close(), "TypeError"); await assertRejects(read, "TypeError"); await assertRejects(reader.closed, "TypeError");
});
check("closing while a view waits", async () => {
  let c; const reader = byteStream({ start(controller) { c = controller } }).getReader({ mode: "byob" }); const read = reader.read(new Uint8Array(4)); c.close(); c.byobRequest.respond(0); const { value, done } = await read; assertEquals([done, value.byteLength, value.buffer.byteLength], [true, 0, 4]);
});
check("the rest of an element is kept", async () => {
  const reader = full(bytes(1, 0, 2)).getReader({ mode: "byob" }); assertEquals((await reader.read(new Uint16Array(2))).value, new Uint16Array([1])); assertEquals((await reader.read(bytes(0))).value, bytes(2));
});
check("a view whose reader was released is filled for the next", async () => {
  let c; const readable = byteStream({ start(controller) { c = controller } }); const first = readable.getReader({ mode: "byob" }); const read = first.read(new Uint8Array(2)); const request = c.byobRequest; first.releaseLock(); await assertRejects(read, "TypeError"); const second = readable.getReader({ mode: "byob" }); const next = second.read(new Uint8Array(4)); request.view[0] = 6; request.respond(1); assertEquals((await next).value, bytes(6));
});
check("cancel and errors", async () => {
  let reason; const canceled = byteStream({ cancel(r) { reason = r } }).getReader({ mode: "byob" }); const read = canceled.read(bytes(0)); await canceled.cancel("why"); assertEquals([reason, await read], ["why", { value: undefined, done: true }]); let c; const failed = byteStream({ start(controller) { c = controller } }).getReader({ mode: "byob" }); const other = failed.read(bytes(0)); c.error(new RangeError("x")); await assertRejects(other, "RangeError"); assertEquals(c.byobRequest, null);
});
check("tee: each branch has bytes of its own", async () => {
  const [a, b] = full(bytes(1, 2), bytes(3)).tee(); const first = (await a.getReader().read()).value; first[0] = 9; assertEquals([first, (await b.getReader().read()).value], [bytes(9, 2), bytes(1, 2)]);
});
check("tee: a branch may be read into views", async () => {
  let c; const [a, b] = byteStream({ start(controller) { c = controller } }).tee(); const [first, second] = [a.getReader({ mode: "byob" }), b.getReader()]; const reads = [first.read(new Uint8Array(4)), second.read()]; await microtasks(); c.enqueue(bytes(1, 2)); const [x, y] = await Promise.all(reads); assertEquals([x.value, y.value], [bytes(1, 2), bytes(1, 2)]); const ends = [first.read(new Uint8Array(4)), second.read()]; await microtasks(); c.close(); c.byobRequest.respond(0); assertEquals((await Promise.all(ends)).map((r) => r.done), [true, true]);
});
check("tee: canceled when both branches are", async () => { let reasons; const [a, b] = byteStream({ cancel(r) { reasons = r } }).tee(); a.cancel(1); await b.cancel(2); assertEquals(reasons, [1, 2]) });
