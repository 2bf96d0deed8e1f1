import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../harness.mjs";
import { table, throws } from "../tables.mjs";

const TYPE_ERROR = throws("TypeError");
const CLONE_ERROR = throws("DataCloneError");

// `got(target, n)`: the data of the next n messages.
const GOT = "const got = (t, n) => new Promise((r) => { const all = []; t.addEventListener('message', (e) => { all.push(e.data); if (all.length === n) r(all) }); t.start?.() });";

table("MessageChannel", [
  ["const { port1, port2 } = new MessageChannel(); port1.postMessage({ a: [1] }); return new Promise((r) => { port2.onmessage = (e) => r([e.data, e.type, e.isTrusted, e.target === port2, e.ports, Object.isFrozen(e.ports), e.origin, e.source, e.lastEventId, e instanceof MessageEvent]) })", [{ a: [1] }, "message", true, true, [], true, "", null, "", true]],
  [`${GOT} const c = new MessageChannel(); for (let i = 0; i < 40; i++) c.port1.postMessage(i); return (await got(c.port2, 40)).join() === Array.from({ length: 40 }, (_, i) => i).join()`, true],
  ["const c = new MessageChannel(); const order = []; c.port2.onmessage = (e) => { order.push(e.data); Promise.resolve().then(() => order.push('micro')) }; c.port1.postMessage(1); c.port1.postMessage(2); order.push('sync'); await null; order.push('later'); c.port1.postMessage(3); return new Promise((r) => c.port2.addEventListener('message', (e) => e.data === 3 && r(order)))", ["sync", "later", 1, "micro", 2, "micro", 3, "micro"]],
  ["const c = new MessageChannel(); const d = new MessageChannel(); let n = 0; c.port2.addEventListener('message', () => n++); c.port1.postMessage(1); await new Promise((r) => { d.port1.onmessage = r; d.port2.postMessage(0) }); return n", 0],
  [`${GOT} const c = new MessageChannel(); c.port1.postMessage(1); c.port1.close(); c.port1.postMessage(2); return got(c.port2, 1)`, [1]],
  ["const c = new MessageChannel(); const order = []; c.port2.onmessage = (e) => order.push(e.data); c.port1.postMessage(1); c.port1.close(); return new Promise((r) => { c.port2.onclose = (e) => r([order, e.type, e.isTrusted]) })", [[1], "close", true]],
  ["const c = new MessageChannel(); const r = []; const done = new Promise((f) => { c.port2.onmessage = (e) => { r.push(e.data); c.port2.close(); if (e.data === 2) f() } }); c.port1.postMessage(1); c.port1.postMessage(2); await done; c.port1.postMessage(3); return r", [1, 2]],
  ["const c = new MessageChannel(); const d = new MessageChannel(); return new Promise((r) => { c.port2.onmessage = (e) => { const [p] = e.ports; r([e.ports.length, p instanceof MessagePort, p !== d.port1, e.data === p]) }; c.port1.postMessage(d.port1, [d.port1]) })", [1, true, true, true]],
  [`${GOT} const c = new MessageChannel(); const d = new MessageChannel(); d.port2.postMessage('before'); c.port1.postMessage(0, { transfer: [d.port1] }); d.port2.postMessage('after'); const port = await new Promise((r) => { c.port2.onmessage = (e) => r(e.ports[0]) }); return got(port, 2)`, ["before", "after"]],
  [`${GOT} const c = new MessageChannel(); c.port1.onmessage = () => { throw 1 }; c.port2.postMessage(1); const moved = structuredClone(c.port1, { transfer: [c.port1] }); c.port2.postMessage(2); return got(moved, 2)`, [1, 2]],
  ["const c = new MessageChannel(); return c.port1.postMessage(0, [c.port1])", CLONE_ERROR],
  ["const c = new MessageChannel(); return c.port1.postMessage(c.port2)", CLONE_ERROR],
  ["const c = new MessageChannel(); c.port1.close(); return structuredClone(c.port1, { transfer: [c.port1] })", CLONE_ERROR],
  ["const c = new MessageChannel(); structuredClone(0, { transfer: [c.port1] }); return structuredClone(0, { transfer: [c.port1] })", CLONE_ERROR],
  ["const c = new MessageChannel(); return structuredClone(0, { transfer: [c.port1, c.port1] })", CLONE_ERROR],
  ["const c = new MessageChannel(); c.port1.postMessage(0, [c.port2]); return c.port1.postMessage(() => {})", CLONE_ERROR],
  ["const c = new MessageChannel(), b = new ArrayBuffer(8); c.port1.postMessage(b, [b]); return new Promise((r) => { c.port2.onmessage = (e) => r([b.byteLength, e.data.byteLength, e.ports.length]) })", [0, 8, 0]],
  ["const c = new MessageChannel(), b = new ArrayBuffer(8); try { c.port1.postMessage(() => {}, [b, c.port2]) } catch {} return [b.byteLength, (c.port2.postMessage(1), true)]", [8, true]],
  ["new MessageChannel().port1.postMessage()", TYPE_ERROR],
  ["new MessageChannel().port1.postMessage(1, 5)", TYPE_ERROR],
  ["new MessageChannel().port1.postMessage(1, [5])", TYPE_ERROR],
  ["new MessageChannel().port1.postMessage(1, { transfer: 5 })", TYPE_ERROR],
  ["new MessageChannel().port1.postMessage(1, null)", null],
  ["new MessagePort()", TYPE_ERROR],
  ["MessageChannel()", TYPE_ERROR],
  ["MessagePort.prototype.postMessage.call({}, 1)", TYPE_ERROR],
  ["const c = new MessageChannel(); return [c.port1 === c.port1, c.port1 instanceof EventTarget, c.port1.onmessage, c.port1.onmessageerror, c.port1.onclose, String(c.port1), String(c)]", [true, true, null, null, null, "[object MessagePort]", "[object MessageChannel]"]],
  ["MessagePort.prototype.onmessage", TYPE_ERROR],
  ["const c = new MessageChannel(); c.port1.start(); c.port1.start(); return new Promise((r) => { let n = 0; c.port1.addEventListener('message', (e) => { n++; e.data === 'end' && r(n) }); c.port2.postMessage(1); c.port2.postMessage('end') })", 2],
]);

table("MessageEvent", [
  ["const e = new MessageEvent('x'); return [e.type, e.data, e.origin, e.lastEventId, e.source, e.ports, e.isTrusted, e.bubbles]", ["x", null, "", "", null, [], false, false]],
  ["const { port1 } = new MessageChannel(); const e = new MessageEvent('x', { data: 1, origin: 'o', lastEventId: 'i', source: port1, ports: [port1], bubbles: true }); return [e.data, e.origin, e.lastEventId, e.source === port1, e.ports[0] === port1, e.ports === e.ports, e.bubbles]", [1, "o", "i", true, true, true, true]],
  ["new MessageEvent('x', { ports: [1] })", TYPE_ERROR],
  ["new MessageEvent('x', { ports: 1 })", TYPE_ERROR],
  ["new MessageEvent('x', { ports: null })", TYPE_ERROR],
  ["new MessageEvent('x', { source: {} })", TYPE_ERROR],
  ["[new MessageEvent('x', { source: null }).source, new MessageEvent('x', { data: undefined }).data]", [null, null]],
  ["new MessageEvent()", TYPE_ERROR],
  ["const { port1 } = new MessageChannel(); const e = new MessageEvent('x', { data: 1 }); e.initMessageEvent('y', true, true, 2, 'o', 'i', port1, [port1]); return [e.type, e.bubbles, e.cancelable, e.data, e.origin, e.lastEventId, e.source === port1, e.ports.length]", ["y", true, true, 2, "o", "i", true, 1]],
  ["const e = new MessageEvent('x', { data: 1 }); e.initMessageEvent('y'); return [e.type, e.data, e.source, e.ports]", ["y", null, null, []]],
  ["new MessageEvent('x').initMessageEvent()", TYPE_ERROR],
]);

table("BroadcastChannel", [
  [`${GOT} const a = new BroadcastChannel('n'), b = new BroadcastChannel('n'), c = new BroadcastChannel('n'), d = new BroadcastChannel('m'); let own = 0; a.onmessage = d.onmessage = () => own++; const all = Promise.all([got(b, 2), got(c, 2)]); a.postMessage({ x: 1 }); a.postMessage(2); return [await all, own]`, [[[{ x: 1 }, 2], [{ x: 1 }, 2]], 0]],
  ["const a = new BroadcastChannel('n'), b = new BroadcastChannel('n'), c = new BroadcastChannel('n'); const o = {}; const both = Promise.all([b, c].map((x) => new Promise((r) => { x.onmessage = (e) => r(e.data) }))); a.postMessage(o); const [p, q] = await both; return [p !== q, p !== o, q !== o]", [true, true, true]],
  ["const a = new BroadcastChannel('n'), b = new BroadcastChannel('n'), c = new BroadcastChannel('n'); let n = 0; b.onmessage = () => n++; a.postMessage(1); b.close(); a.postMessage(2); return new Promise((r) => { c.onmessage = (e) => e.data === 2 && r(n) })", 0],
  ["const a = new BroadcastChannel('n'); a.close(); a.close(); return a.postMessage(1)", throws("InvalidStateError")],
  ["new BroadcastChannel('n').postMessage(Symbol())", CLONE_ERROR],
  ["new BroadcastChannel()", TYPE_ERROR],
  ["new BroadcastChannel('n').postMessage()", TYPE_ERROR],
  ["const a = new BroadcastChannel(5); return [a.name, a.onmessage, a.onmessageerror, String(a)]", ["5", null, null, "[object BroadcastChannel]"]],
  ["structuredClone(new BroadcastChannel('n'))", CLONE_ERROR],
]);

test("a message is not delivered by the request that has ended, but by one that waits for it", async () => {
  const context = new Context();
  context.eval("globalThis.c = new MessageChannel(); globalThis.got = []; c.port2.onmessage = (e) => got.push(e.data)");
  context.module("{ fetch(request) { if (request.url.endsWith('post')) for (let i = 0; i < 20; i++) c.port1.postMessage(i); return new Promise(() => {}) } }");
  // Before its tasks have run.
  const posting = context.fetch({ url: "http://x.test/post" });
  context.run(1, () => context.exports.endRequest(1, true));
  await posting;
  assert.equal(context.eval("got.length"), 0);
  const heir = await context.fetch();
  context.exports.inherit(heir, 1e9, true);
  for (let i = 0; i < 20; i++) await context.settled();
  assert.deepEqual([...context.eval("got")], [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
});

test("a request that is stopped in the middle holds no message back", async () => {
  const context = new Context();
  context.eval("globalThis.c = new MessageChannel(); globalThis.got = []; c.port2.onmessage = (e) => got.push(e.data)");
  context.module("{ fetch(request) { c.port1.postMessage(request.url); c.port1.postMessage(got.length); return new Promise(() => {}) } }");
  context.stopped = true;
  await context.fetch({ url: "http://x.test/1" });
  context.stopped = false;
  await context.fetch({ url: "http://x.test/2" });
  for (let i = 0; i < 9; i++) await context.settled();
  assert.deepEqual([...context.eval("got")], ["http://x.test/1", 0, "http://x.test/2", 0]);
});

test("a message of the top level is delivered by the first request", async () => {
  const context = new Context();
  context.eval("globalThis.c = new MessageChannel(); globalThis.got = []; c.port2.onmessage = (e) => got.push(e.data); c.port1.postMessage('early')");
  context.module("{ fetch() { return new Promise(() => {}) } }");
  await context.fetch();
  await context.settled();
  assert.deepEqual([...context.eval("got")], ["early"]);
});

// `all(readable)`: its chunks.
const ALL = "const all = async (r) => { const list = []; for await (const x of r) list.push(x); return list };";

table("transfer of streams", [
  [`${ALL} const o = { a: 1 }; const r = new ReadableStream({ start(c) { c.enqueue(o); c.enqueue(2); c.close() } }); const m = structuredClone(r, { transfer: [r] }); const { locked } = r; const list = await all(m); return [m instanceof ReadableStream, m !== r, locked, list, list[0] !== o]`, [true, true, true, [{ a: 1 }, 2], true]],
  [`${ALL} const r = ReadableStream.from([1, 2]); const c = new MessageChannel(); c.port1.postMessage({ r }, [r]); const m = await new Promise((f) => { c.port2.onmessage = (e) => f(e.data.r) }); return all(m)`, [1, 2]],
  [`${ALL} const bytes = new ReadableStream({ type: 'bytes', start(c) { c.enqueue(new Uint8Array([1, 2])); c.close() } }); const m = structuredClone(bytes, { transfer: [bytes] }); return (await all(m)).map((x) => [...x])`, [[1, 2]]],
  ["let pulls = 0; const r = new ReadableStream({ pull(c) { c.enqueue(pulls++) } }, { highWaterMark: 0 }); const m = structuredClone(r, { transfer: [r] }); const reader = m.getReader(); const first = await reader.read(); for (let i = 0; i < 5; i++) await new Promise((f) => { const c = new MessageChannel(); c.port1.onmessage = f; c.port2.postMessage(0) }); return [first.value, pulls <= 2]", [0, true]],
  ["let why; const r = new ReadableStream({ cancel(reason) { why = reason } }); const m = structuredClone(r, { transfer: [r] }); const reader = m.getReader(); await reader.cancel({ x: 1 }); for (let i = 0; i < 9; i++) await new Promise((f) => { const c = new MessageChannel(); c.port1.onmessage = f; c.port2.postMessage(0) }); return why", { x: 1 }],
  ["const r = new ReadableStream({ start(c) { c.error(new RangeError('m')) } }); const m = structuredClone(r, { transfer: [r] }); return m.getReader().read()", throws("RangeError")],
  ["const r = new ReadableStream({ start(c) { c.enqueue(() => {}) } }); const m = structuredClone(r, { transfer: [r] }); return m.getReader().read()", CLONE_ERROR],
  ["const got = []; let closed; const ended = new Promise((f) => { closed = f }); const w = new WritableStream({ write(x) { got.push(x) }, close() { closed() } }); const m = structuredClone(w, { transfer: [w] }); const { locked } = w; const writer = m.getWriter(); await writer.write({ a: 1 }); await writer.write(2); await writer.close(); await ended; return [got, locked, m instanceof WritableStream]", [[{ a: 1 }, 2], true, true]],
  ["let why; const aborted = new Promise((f) => { why = f }); const w = new WritableStream({ abort(reason) { why(reason) } }); const m = structuredClone(w, { transfer: [w] }); await m.abort('r'); return aborted", "r"],
  ["const w = new WritableStream({ write() { throw new RangeError('m') } }); const m = structuredClone(w, { transfer: [w] }); const writer = m.getWriter(); writer.write(1).catch(() => {}); return writer.closed", throws("RangeError")],
  ["const w = new WritableStream(); const m = structuredClone(w, { transfer: [w] }); const writer = m.getWriter(); writer.closed.catch(() => {}); return writer.write(Symbol())", CLONE_ERROR],
  [`${ALL} const t = new TransformStream({ transform(x, c) { c.enqueue(x * 2) } }); const m = structuredClone(t, { transfer: [t] }); const locked = [t.readable.locked, t.writable.locked]; const list = all(m.readable); const writer = m.writable.getWriter(); writer.write(1); writer.write(2); writer.close(); return [await list, m instanceof TransformStream, ...locked]`, [[2, 4], true, true, true]],
  ["const r = new ReadableStream(); r.getReader(); return structuredClone(r, { transfer: [r] })", CLONE_ERROR],
  ["const w = new WritableStream(); w.getWriter(); return structuredClone(w, { transfer: [w] })", CLONE_ERROR],
  ["const t = new TransformStream(); t.readable.getReader(); return structuredClone(t, { transfer: [t] })", CLONE_ERROR],
  ["const t = new TransformStream(); return structuredClone(t, { transfer: [t, t.readable] })", CLONE_ERROR],
  ["return structuredClone(new ReadableStream())", CLONE_ERROR],
  ["const b = new ArrayBuffer(1), r = new ReadableStream(); r.getReader(); try { structuredClone(0, { transfer: [b, r] }) } catch {} return b.byteLength", 1],
]);

test("a receiver that a message cannot be copied for is told, and nobody else", async () => {
  const context = new Context();
  context.clones = 1;
  const got = await context.inRequest(`
    const [sender, a, b, c] = [1, 2, 3, 4].map(() => new BroadcastChannel("broken"));
    const got = [];
    for (const [name, channel] of Object.entries({ a, b, c })) {
      channel.onmessage = ({ data }) => got.push(name + data.getTime());
      channel.onmessageerror = (event) => got.push(name + event.type + event.data + (event instanceof MessageEvent));
    }
    sender.postMessage(new Date(0));
    await new Promise((resolve) => { c.addEventListener("message", resolve) });
    return got.join();`);
  assert.equal(got, "a0,bmessageerrornulltrue,c0");
});
