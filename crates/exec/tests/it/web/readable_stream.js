const stream = (...chunks) => new ReadableStream({ start(c) { for (const chunk of chunks) c.enqueue(chunk); c.close() } });
const all = async (readable) => { const out = []; for await (const chunk of readable) out.push(chunk); return out };
const microtasks = async () => { for (let i = 0; i < 20; i++) await null };

check("shape", () => {
  assertEquals(Object.keys(ReadableStream.prototype).sort(), ["cancel", "getReader", "locked", "pipeThrough", "pipeTo", "tee", "values"]); assertEquals([ReadableStream.length, ReadableStream.from.length, ReadableStream.prototype.pipeThrough.length, ReadableStream.prototype.pipeTo.length, ReadableStream.prototype.cancel.length, ReadableStream.prototype.values.length], [0, 1, 1, 1, 0, 0]);
  assert(ReadableStream.prototype[Symbol.asyncIterator] === ReadableStream.prototype.values); assertEquals(Object.prototype.toString.call(new ReadableStream()), "[object ReadableStream]"); assertEquals(Object.keys(globalThis).includes("ReadableStream"), false);
  for (const name of ["ReadableStreamDefaultController", "ReadableByteStreamController", "ReadableStreamBYOBRequest"]) { assertThrows(() => new globalThis[name](), "TypeError"); assertEquals(globalThis[name].length, 0) }
});
check("brands: throws or rejects", async () => {
  const { prototype } = ReadableStream; assertThrows(() => Reflect.get(prototype, "locked", {}), "TypeError"); for (const name of ["getReader", "tee", "values", "pipeThrough"]) assertThrows(() => prototype[name].call({}, {}), "TypeError");
  await assertRejects(prototype.cancel.call({}), "TypeError"); await assertRejects(prototype.pipeTo.call({}, new WritableStream()), "TypeError"); await assertRejects(ReadableStreamDefaultReader.prototype.read.call(new ReadableStream()), "TypeError"); await assertRejects(Reflect.get(ReadableStreamDefaultReader.prototype, "closed", {}), "TypeError");
});
check("sources are checked, members in order", () => {
  const seen = []; const spy = (object) => new Proxy(object, { get(o, k) { seen.push(k); return o[k] } }); new ReadableStream(spy({}), spy({})); assertEquals(seen, ["highWaterMark", "size", "autoAllocateChunkSize", "cancel", "pull", "start", "type"]);
  for (const bad of [null, 1, "x"]) assertThrows(() => new ReadableStream(bad), "TypeError"); for (const member of ["start", "pull", "cancel"]) assertThrows(() => new ReadableStream({ [member]: 1 }), "TypeError"); for (const type of ["", "byte", null]) assertThrows(() => new ReadableStream({ type }), "TypeError");
  assertThrows(() => new ReadableStream({ start() { throw new RangeError("mine") } }), "RangeError");
});
check("methods are called on the source, with the controller", async () => {
  const seen = []; const source = { start(c) { seen.push(this === source, c.constructor.name) }, pull(c) { seen.push(this === source, c.desiredSize); c.enqueue("x") }, cancel(reason) { seen.push(this === source, reason, arguments.length) } };
  const readable = new ReadableStream(source); await microtasks(); assertEquals(seen.splice(0), [true, "ReadableStreamDefaultController", true, 1]); await readable.cancel("why"); assertEquals(seen, [true, "why", 1]);
});
check("reading in order, then the end", async () => {
  const reader = stream(1, undefined, null).getReader(); assertEquals([await reader.read(), await reader.read(), await reader.read(), await reader.read()], [{ value: 1, done: false }, { value: undefined, done: false }, { value: null, done: false }, { value: undefined, done: true }]); assertEquals(await reader.closed, undefined);
});
check("reads that wait are answered in order", async () => {
  let controller; const reader = new ReadableStream({ start(c) { controller = c } }).getReader(); const reads = [reader.read(), reader.read(), reader.read()]; controller.enqueue("a"); controller.enqueue("b"); controller.close(); assertEquals((await Promise.all(reads)).map((r) => [r.value, r.done]), [["a", false], ["b", false], [undefined, true]]);
});
check("more chunks than a block of the queue has", async () => {
  let controller; const readable = new ReadableStream({ start(c) { controller = c } }); const reader = readable.getReader(); let next = 0; let read = 0;
  for (let round = 0; round < 20; round++) { for (let i = 0; i < 7 + round; i++) controller.enqueue(next++); for (let i = 0; i < 5 + round; i++) assertEquals((await reader.read()).value, read++) }
  controller.close(); while (read < next) assertEquals((await reader.read()).value, read++); assertEquals((await reader.read()).done, true); assertEquals(next, 330);
});
check("pull is called when there is room, one at a time", async () => {
  let pulls = 0; let go; const readable = new ReadableStream({ pull(c) { pulls++; return new Promise((resolve) => { go = () => { c.enqueue(pulls); resolve() } }) } }, { highWaterMark: 2 }); await microtasks(); assertEquals(pulls, 1); go(); await microtasks(); assertEquals(pulls, 2); go(); await microtasks(); assertEquals(pulls, 2); await readable.getReader().read(); await microtasks(); assertEquals(pulls, 3);
});
check("a pull that fails", async () => {
  for (const pull of [() => { throw new RangeError("p") }, async () => { throw new RangeError("p") }]) { const reader = new ReadableStream({ pull }).getReader(); await assertRejects(reader.read(), "RangeError"); await assertRejects(reader.closed, "RangeError"); await assertRejects(reader.read(), "RangeError") }
});
check("a start that waits", async () => {
  let begin; let pulls = 0; const reader = new ReadableStream({ start: () => new Promise((resolve) => { begin = resolve }), pull(c) { pulls++; c.enqueue(pulls) } }).getReader(); const read = reader.read(); await microtasks(); assertEquals(pulls, 0); begin(); assertEquals((await read).value, 1);
});
check("the controller, when the stream is over", () => {
  for (const end of ["close", "error"]) { let c; new ReadableStream({ start(controller) { c = controller } }); c[end](); assertEquals(c.desiredSize, end === "close" ? 0 : null); assertThrows(() => c.enqueue(1), "TypeError"); assertThrows(() => c.close(), "TypeError"); c.error() }
});
check("errors", async () => {
  let c; const readable = new ReadableStream({ start(controller) { c = controller } }); c.enqueue(1); c.error(new RangeError("x")); const reader = readable.getReader(); await assertRejects(reader.read(), "RangeError"); await assertRejects(reader.cancel(), "RangeError"); reader.releaseLock(); await assertRejects(readable.cancel(), "RangeError"); assertEquals(readable.locked, false);
});
check("cancel", async () => {
  let reason; const readable = new ReadableStream({ cancel(r) { reason = r; return "ignored" } }); const reader = readable.getReader(); const read = reader.read(); assertEquals(await reader.cancel("bye"), undefined); assertEquals([reason, await read, await reader.closed], ["bye", { value: undefined, done: true }, undefined]); await assertRejects(readable.cancel(), "TypeError");
  await assertRejects(new ReadableStream({ cancel() { throw new RangeError("c") } }).cancel(), "RangeError"); assertEquals(await stream().cancel(), undefined);
});
check("locks", async () => {
  const readable = stream(1, 2); const reader = readable.getReader(); assertEquals(readable.locked, true); for (const f of [() => readable.getReader(), () => readable.tee(), () => readable.values(), () => new ReadableStreamDefaultReader(readable), () => readable.pipeThrough(new TransformStream())]) assertThrows(f, "TypeError"); await assertRejects(readable.pipeTo(new WritableStream()), "TypeError");
  await reader.read(); reader.releaseLock(); reader.releaseLock(); assertEquals(readable.locked, false); await assertRejects(reader.read(), "TypeError"); await assertRejects(reader.closed, "TypeError"); await assertRejects(reader.cancel(), "TypeError"); assertEquals((await readable.getReader().read()).value, 2);
});
check("a reader that is released fails what it was reading, and loses no chunk", async () => {
  let c; const readable = new ReadableStream({ start(controller) { c = controller } }); const first = readable.getReader(); const read = first.read(); first.releaseLock(); await assertRejects(read, "TypeError"); c.enqueue("x"); assertEquals((await readable.getReader().read()).value, "x");
});
check("modes of readers", () => { assertThrows(() => stream().getReader({ mode: "x" }), "TypeError"); assertThrows(() => stream().getReader({ mode: null }), "TypeError"); assertThrows(() => stream().getReader({ mode: "byob" }), "TypeError"); assert(stream().getReader({ mode: undefined }) instanceof ReadableStreamDefaultReader); assert(stream().getReader(null) instanceof ReadableStreamDefaultReader) });
check("iteration", async () => {
  assertEquals(await all(stream(1, 2, 3)), [1, 2, 3]); let reason = "none"; const endless = () => new ReadableStream({ pull(c) { c.enqueue(1) }, cancel(r) { reason = r } }); const left = endless(); for await (const _ of left) break; assertEquals([reason, left.locked], [undefined, false]);
  reason = "none"; const kept = endless(); for await (const _ of kept.values({ preventCancel: true })) break; assertEquals([reason, kept.locked, (await kept.getReader().read()).value], ["none", false, 1]);
  await assertRejects(all(new ReadableStream({ start(c) { c.error(new RangeError("x")) } })), "RangeError");
});
check("iterators", async () => {
  const iterator = stream(1, 2).values(); const prototype = Object.getPrototypeOf(iterator); assertEquals([Object.keys(prototype), prototype[Symbol.toStringTag], prototype.next.length, prototype.return.length, iterator[Symbol.asyncIterator]() === iterator], [["next", "return"], "ReadableStream AsyncIterator", 0, 1, true]); await assertRejects(prototype.next.call({}), "TypeError"); await assertRejects(prototype.return.call({}), "TypeError");
  assertEquals((await Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next(), iterator.return("x")])).map((r) => [r.value, r.done]), [[1, false], [2, false], [undefined, true], [undefined, true], ["x", true]]);
  const other = stream(1, 2).values(); assertEquals((await Promise.all([other.next(), other.return("y"), other.next()])).map((r) => [r.value, r.done]), [[1, false], ["y", true], [undefined, true]]);
});
check("from", async () => {
  assertEquals(await all(ReadableStream.from([1, Promise.resolve(2), 3])), [1, 2, 3]); assertEquals(await all(ReadableStream.from("ab")), ["a", "b"]); assertEquals(await all(ReadableStream.from(stream(1, 2))), [1, 2]); assertEquals(await all(ReadableStream.from((async function* () { yield 1; yield 2 })())), [1, 2]);
  for (const bad of [undefined, null, 1, {}, { [Symbol.iterator]: 1 }, { [Symbol.asyncIterator]: () => 1 }]) assertThrows(() => ReadableStream.from(bad), "TypeError"); let ended = 0; const readable = ReadableStream.from((async function* () { try { yield 1; yield 2 } finally { ended++ } })()); const reader = readable.getReader(); await reader.read(); await reader.cancel(); assertEquals(ended, 1);
  await assertRejects(all(ReadableStream.from((function* () { yield 1; throw new RangeError("x") })())), "RangeError"); await assertRejects(all(ReadableStream.from({ [Symbol.asyncIterator]: () => ({ next: () => 1 }) })), "TypeError");
  let closed = 0; await assertRejects(all(ReadableStream.from((function* () { try { yield Promise.reject(new RangeError("v")) } finally { closed++ } })())), "RangeError"); assertEquals(closed, 1);
});
check("tee: both branches have all chunks", async () => { const [a, b] = stream(1, 2, 3).tee(); assertEquals([await all(a), await all(b)], [[1, 2, 3], [1, 2, 3]]); const object = {}; const [c, d] = stream(object).tee(); assert((await all(c))[0] === object && (await all(d))[0] === object) });
check("tee: the stream is canceled when both branches are", async () => {
  let reasons; const [a, b] = new ReadableStream({ cancel(r) { reasons = r } }).tee(); const first = a.cancel("x"); await microtasks(); assertEquals(reasons, undefined); await b.cancel("y"); await first; assertEquals(reasons, ["x", "y"]);
  const [c, d] = stream(1, 2).tee(); c.cancel(); assertEquals(await all(d), [1, 2]); const [e, f] = new ReadableStream({ cancel() { throw new RangeError("c") } }).tee(); const both = [e.cancel(), f.cancel()]; await assertRejects(both[0], "RangeError"); await assertRejects(both[1], "RangeError");
});
check("tee: errors reach both", async () => { let c; const [a, b] = new ReadableStream({ start(controller) { c = controller } }).tee(); c.error(new RangeError("x")); await assertRejects(a.getReader().closed, "RangeError"); await assertRejects(b.getReader().read(), "RangeError") });
check("tee: a branch that is not read keeps what the other has read", async () => { let pulls = 0; const [a, b] = new ReadableStream({ pull(c) { pulls++; c.enqueue(pulls); if (pulls === 100) c.close() } }, { highWaterMark: 0 }).tee(); assertEquals((await all(a)).length, 100); assertEquals((await all(b)).length, 100) });
check("subclasses", async () => { class Mine extends ReadableStream { constructor() { super({ start(c) { c.enqueue(1); c.close() } }) } get mine() { return 1 } } const mine = new Mine(); assertEquals([mine.mine, mine instanceof ReadableStream, await all(mine)], [1, true, [1]]) });
