import { sameAsNode, sameNames } from "../../node_module.mjs";

// Each row: what happens, in its order.
const BEFORE = `
  const { Readable, Writable, Duplex, Transform, PassThrough, pipeline, finished, addAbortSignal, compose, promises } = m;
  const { Buffer } = need("buffer");
  const log = [];
  const L = (name) => (...args) => log.push(name + (args.length ? ":" + args.map((x) => x && x.code || (x instanceof Error ? x.message : String(x))).join("|") : ""));
  const EVENTS = ["data", "end", "close", "error", "finish", "drain", "pipe", "unpipe", "pause", "resume", "prefinish", "readable"];
  const all = (stream, name = "") => {
    for (const event of EVENTS) {
      if (!stream.__skip?.includes(event)) stream.on(event, event === "pipe" || event === "unpipe" ? () => log.push(name + event) : L(name + event));
    }
    return stream;
  };
  const wait = async () => { for (let i = 0; i < 4; i++) await new Promise((resolve) => setTimeout(resolve, 1)); };
`;

// Of many rows in one context: what each returns, or fails with.
const rows = (title, list) => sameAsNode(title, "stream", [`
  const seen = [];
  for (const [code, run] of [${list.map((row) => `[${JSON.stringify(row)}, async () => {${BEFORE}${row}}]`)}]) {
    seen.push([code, await run().then((value) => value ?? null, (e) => [e.name, e.code, e.message])]);
  }
  return seen;`]);

sameNames("stream");
sameNames("stream/promises");
sameNames("stream/consumers");
sameNames("stream/web");

rows("pipeline and finished", [
  String.raw`const out = []; const err = await new Promise((r) => pipeline(Readable.from(["a", "b"]), new Transform({ transform(c, e, cb) { cb(null, c + "1"); } }), new Writable({ write(c, e, cb) { out.push(String(c)); cb(); } }), (e) => r(e))); return [out, err];`,
  String.raw`const s = Readable.from(["a", "b"]); const t = new Transform({ transform(c, e, cb) { cb(new Error("mid")); } }); const w = new Writable({ write(c, e, cb) { cb(); } }); const err = await new Promise((r) => pipeline(s, t, w, (e) => r(e))); await wait(); return [err.message, s.destroyed, t.destroyed, w.destroyed];`,
  String.raw`const w = new Writable({ write(c, e, cb) { cb(new Error("end")); } }); const s = Readable.from(["a", "b"]); const err = await new Promise((r) => pipeline(s, w, (e) => r(e))); await wait(); return [err.message, s.destroyed, w.destroyed];`,
  String.raw`const out = []; await promises.pipeline(async function* () { yield "a"; yield "b"; }, async function* (src) { for await (const c of src) yield c + c; }, new Writable({ objectMode: true, write(c, e, cb) { out.push(String(c)); cb(); } })); return out;`,
  String.raw`return await promises.pipeline(Readable.from([1, 2, 3]), async (src) => { let n = 0; for await (const c of src) n += c; return n; });`,
  String.raw`return await promises.pipeline(["x", "y"], async function* (src) { for await (const c of src) yield c.toUpperCase(); }, async (src) => { let s = ""; for await (const c of src) s += c; return s; });`,
  String.raw`await promises.pipeline(Readable.from([1]), async () => { throw new Error("sink"); });`,
  String.raw`await promises.pipeline(Readable.from([1]));`,
  String.raw`await promises.pipeline(Readable.from([1]), 5);`,
  String.raw`pipeline(Readable.from([1]), new PassThrough());`,
  String.raw`await promises.pipeline(() => 5, new PassThrough());`,
  String.raw`await promises.pipeline(Readable.from([1]), () => 5);`,
  String.raw`const ac = new AbortController(); const r = new Readable({ read() {} }); setTimeout(() => ac.abort(), 2); try { await promises.pipeline(r, new PassThrough(), { signal: ac.signal }); } catch (e) { log.push(e.name, e.code, r.destroyed); } return log;`,
  String.raw`const ac = new AbortController(); ac.abort(); try { await promises.pipeline(Readable.from(["a"]), new PassThrough(), { signal: ac.signal }); } catch (e) { log.push(e.name, e.code); } return log;`,
  String.raw`const p = new PassThrough(); await promises.pipeline(Readable.from(["a"]), p, { end: false }); return [p.writableEnded, p.destroyed];`,
  String.raw`const ac = new AbortController(); const r = addAbortSignal(ac.signal, new Readable({ read() {} })); r.__skip = ["readable"]; all(r); ac.abort(); await wait(); return [log, r.errored.code];`,
  String.raw`const ac = new AbortController(); const r = new Readable({ signal: ac.signal, read() {} }); r.on("error", L("error")); ac.abort(); await wait(); return [log, r.destroyed];`,
  String.raw`addAbortSignal({}, new Readable());`,
  String.raw`addAbortSignal(new AbortController().signal, {});`,
  String.raw`const r = Readable.from(["a"]); r.resume(); return await new Promise((res) => finished(r, (e) => res([e, r.destroyed])));`,
  String.raw`const r = new Readable({ read() {} }); r.on("error", () => {}); setTimeout(() => r.destroy(), 1); return await new Promise((res) => finished(r, (e) => res(e.code)));`,
  String.raw`const r = new Readable({ read() {} }); r.on("error", () => {}); setTimeout(() => r.destroy(new Error("why")), 1); return await new Promise((res) => finished(r, (e) => res(e.message)));`,
  String.raw`const r = new Readable({ read() {} }); r.destroy(); await wait(); return await new Promise((res) => finished(r, (e) => res(e && e.code)));`,
  String.raw`const w = new Writable({ write(c, e, cb) { cb(); } }); w.end(); await wait(); return await new Promise((res) => finished(w, (e) => res(e)));`,
  String.raw`const w = new Writable({ write(c, e, cb) { cb(); } }); const p = promises.finished(w); w.end(); return await p;`,
  String.raw`const d = new Duplex({ read() {}, write(c, e, cb) { cb(); } }); setTimeout(() => d.end(), 1); return await new Promise((res) => finished(d, { readable: false }, (e) => res([e, d.destroyed])));`,
  String.raw`const ac = new AbortController(); const r = new Readable({ read() {} }); setTimeout(() => ac.abort(), 1); try { await promises.finished(r, { signal: ac.signal }); } catch (e) { return [e.code, r.destroyed]; }`,
  String.raw`finished({}, () => {});`,
  String.raw`finished(new Readable(), 5);`,
  String.raw`finished(new Readable(), 5, () => {});`,
  String.raw`const r = new Readable({ read() {} }); const c = finished(r, L("x")); c(); r.destroy(); await wait(); return [log, typeof c];`,
  String.raw`return [m.getDefaultHighWaterMark(true), typeof m.promises.pipeline, m.Stream === m, m.Readable.name, m.isReadable(new Readable()), m.isReadable({}), m.isErrored(new Readable()), m.isDisturbed(new Readable())];`,
]);

rows("helpers", [
  String.raw`return await Readable.from([1, 2, 3]).map((x) => x * 2).toArray();`,
  String.raw`return await Readable.from([1, 2, 3, 4]).filter((x) => x % 2).map(async (x) => x + 1, { concurrency: 2 }).toArray();`,
  String.raw`return [await Readable.from([1, 2, 3]).some((x) => x > 2), await Readable.from([1, 2, 3]).every((x) => x > 2), await Readable.from([1, 2, 3]).find((x) => x > 1), await Readable.from([]).find(() => true)];`,
  String.raw`return [await Readable.from([1, 2, 3]).reduce((a, b) => a + b), await Readable.from([1, 2, 3]).reduce((a, b) => a + b, 10), await Readable.from([]).reduce((a, b) => a + b, 7)];`,
  String.raw`await Readable.from([]).reduce((a, b) => a + b);`,
  String.raw`return [await Readable.from([1, 2, 3, 4]).take(2).toArray(), await Readable.from([1, 2, 3, 4]).drop(2).toArray(), await Readable.from([[1, 2], [3]]).flatMap((x) => x).toArray(), await Readable.from(["a", "b"]).asIndexedPairs().toArray()];`,
  String.raw`const s = []; await Readable.from([1, 2, 3]).forEach((x) => s.push(x)); return s;`,
  String.raw`Readable.from([1]).take(-1);`,
  String.raw`Readable.from([1]).map(5);`,
  String.raw`await Readable.from([1]).reduce(5);`,
  String.raw`await Readable.from([1]).map(() => { throw new Error("mapper"); }).toArray();`,
  String.raw`await Readable.from([1]).map(async () => { throw new Error("mapper"); }).toArray();`,
  String.raw`return await Readable.from("abc").toArray();`,
  String.raw`const r = Readable.from(Buffer.from("abc")); const a = await r.toArray(); return [a.length, String(a[0])];`,
]);

rows("streams of the Web", [
  String.raw`const web = Readable.toWeb(Readable.from([Buffer.from("a"), Buffer.from("b")], { objectMode: false })); const out = []; for await (const c of web) out.push(Buffer.from(c).toString() + c.constructor.name); return out;`,
  String.raw`const web = Readable.toWeb(Readable.from([{ a: 1 }, { a: 2 }])); const out = []; for await (const c of web) out.push(c.a); return out;`,
  String.raw`const r = Readable.fromWeb(new ReadableStream({ start(c) { c.enqueue("a"); c.enqueue("b"); c.close(); } })); let s = ""; for await (const c of r) s += c; return s;`,
  String.raw`const r = Readable.fromWeb(new ReadableStream({ start(c) { c.error(new Error("web")); } })); r.on("error", L("error")); r.resume(); await wait(); await wait(); return [log, r.destroyed];`,
  String.raw`const r = Readable.fromWeb(new ReadableStream({ cancel(reason) { log.push("cancel" + reason.message); } })); r.on("error", L("error")); r.destroy(new Error("stop")); await wait(); await wait(); return log;`,
  String.raw`const out = []; const w = Writable.fromWeb(new WritableStream({ write(c) { out.push(String(c)); }, close() { out.push("closed"); } })); w.write("a"); w.end("b"); await new Promise((r) => w.on("close", r)); return out.map((x) => x.length > 3 ? x : Number.isNaN(+x) ? x : String.fromCharCode(+x));`,
  String.raw`const out = []; const w = Writable.toWeb(new Writable({ write(c, e, cb) { out.push(String(c)); cb(); } })); const wr = w.getWriter(); await wr.write("a"); await wr.write("b"); await wr.close(); return out;`,
  String.raw`const w = Writable.toWeb(new Writable({ write(c, e, cb) { cb(new Error("no")); } })); const wr = w.getWriter(); wr.closed.catch(() => {}); const e = await wr.write("a").then(() => "ok", (e) => e.message); const f = await wr.write("b").then(() => "ok", (e) => e.message); return f;`,
  String.raw`const { readable, writable } = Duplex.toWeb(new PassThrough()); const wr = writable.getWriter(); wr.write(new Uint8Array([97])); wr.close(); let s = ""; for await (const c of readable) s += Buffer.from(c); return s;`,
  String.raw`const d = Duplex.fromWeb(new TransformStream({ transform(c, k) { k.enqueue(String(c).toUpperCase()); } }), { encoding: "utf8", objectMode: true }); d.end("abc"); let s = ""; for await (const c of d) s += c; return s;`,
  String.raw`Readable.fromWeb({});`,
  String.raw`Writable.fromWeb({});`,
  String.raw`Readable.toWeb({});`,
  String.raw`const { text, json, buffer, arrayBuffer } = need("stream/consumers"); return [await text(Readable.from(["a", "b"])), await json(Readable.from(['{"a"', ":1}"])), String(await buffer(Readable.from([Buffer.from("q")]))), (await arrayBuffer(Readable.from([Buffer.from("q")]))).byteLength];`,
]);

rows("readable", [
  String.raw`const r = new Readable({ read() {} }); r.__skip = ["readable"]; all(r); r.push("a"); r.push("b"); r.push(null); await wait(); return log;`,
  String.raw`const r = new Readable({ read() {} }); r.__skip = ["data"]; all(r); r.push("a"); await wait(); log.push(String(r.read())); r.push("b"); r.push(null); await wait(); log.push(String(r.read()), String(r.read())); await wait(); return log;`,
  String.raw`let i = 0; const r = new Readable({ highWaterMark: 2, objectMode: true, read(n) { log.push("read" + n); this.push(i++ < 5 ? i : null); } }); r.__skip = ["readable"]; all(r); await wait(); return log;`,
  String.raw`let i = 0; const r = new Readable({ highWaterMark: 3, read(n) { log.push("read" + n); this.push(i++ < 5 ? "x" + i : null); } }); r.__skip = ["data"]; all(r); r.on("readable", () => { let c; while ((c = r.read(3)) !== null) log.push("got" + c); }); await wait(); return [log, r.readableHighWaterMark];`,
  String.raw`const r = new Readable({ read() { this.destroy(new Error("x")); } }); r.__skip = ["readable"]; all(r); await wait(); return [log, r.destroyed, r.errored.message, r.closed, r.readableAborted, r.readable];`,
  String.raw`const r = Readable.from(["a", "b"]); const out = []; for await (const c of r) out.push(c); return [out, r.destroyed, r.readableEnded];`,
  String.raw`const r = Readable.from([1, 2, 3, 4]); for await (const c of r) { log.push(c); if (c === 2) break; } await wait(); return [log, r.destroyed];`,
  String.raw`const r = new Readable({ objectMode: true, read() {} }); setTimeout(() => r.destroy(new Error("boom")), 5); r.push(1); try { for await (const c of r) log.push(c); } catch (e) { log.push(e.message); } return log;`,
  String.raw`const r = Readable.from((async function* () { yield 1; throw new Error("gen"); })()); try { for await (const c of r) log.push(c); } catch (e) { log.push(e.message); } return [log, r.destroyed];`,
  String.raw`const r = new Readable({ read() {} }); r.push("\u20ac".repeat(2)); r.setEncoding("utf8"); r.push(Buffer.from("e282", "hex")); r.push(Buffer.from("ac", "hex")); r.push(null); let s = ""; for await (const c of r) s += "[" + c + "]"; return s;`,
  String.raw`const r = new Readable({ read() {}, encoding: "hex" }); r.push("abc"); r.push(null); return [r.read(2), r.read(), r.read(), r.readableEncoding];`,
  String.raw`const r = new Readable({ read() {} }); r.push("abcdef"); r.push("ghi"); log.push(String(r.read(4)), String(r.read(10)), r.readableLength); r.unshift("xy"); log.push(String(r.read())); return log;`,
  String.raw`const r = new Readable({ read() {} }); all(r); r.push(null); r.push("x"); await wait(); return log;`,
  String.raw`const r = new Readable({ read() {} }); r.__skip = ["readable"]; all(r); r.push(null); await wait(); r.unshift("x"); await wait(); return log;`,
  String.raw`const r = new Readable({ read() {} }); r.__skip = ["readable"]; all(r); r.push(5); await wait(); return log;`,
  String.raw`const r = new Readable(); r.__skip = ["readable"]; all(r); await wait(); return log;`,
  String.raw`const r = new Readable({ read() {} }); return [r.push("abc"), r.push("x".repeat(70000)), r.readableLength, r.readableFlowing, r.isPaused(), r.pause() === r, r.readableFlowing, r.isPaused(), r.resume() === r, r.readableFlowing, r.readableDidRead];`,
  String.raw`const r = new Readable({ read() {} }); r.on("data", () => {}); log.push(r.readableFlowing); r.on("readable", () => {}); log.push(r.readableFlowing); r.removeAllListeners("readable"); await wait(); log.push(r.readableFlowing); return log;`,
  String.raw`const r = new Readable({ construct(cb) { log.push("construct"); setTimeout(cb, 2); }, read() { log.push("read"); this.push("a"); this.push(null); } }); r.__skip = ["readable"]; all(r); await new Promise((r2) => r.on("close", r2)); return log;`,
  String.raw`const r = new Readable({ construct(cb) { setTimeout(cb, 2); }, read() {}, destroy(e, cb) { log.push("_destroy" + e); cb(e); } }); r.__skip = ["readable"]; all(r); r.destroy(new Error("early")); await new Promise((r2) => r.on("close", r2)); return log;`,
  String.raw`Readable.from(5);`,
  String.raw`Readable.from(null);`,
  String.raw`const r = Readable.from([1, null]); try { for await (const c of r) log.push(c); } catch (e) { log.push(e.code); } return log;`,
  String.raw`function My(o) { if (!(this instanceof My)) return new My(o); Readable.call(this, o); } Object.setPrototypeOf(My.prototype, Readable.prototype); Object.setPrototypeOf(My, Readable); My.prototype._read = function () { this.push("z"); this.push(null); }; let s = ""; for await (const c of My({})) s += c; return s;`,
  String.raw`const r = new Readable({ read() {} }); r.push("x"); setTimeout(() => { r.push("y"); r.push(null); }, 2); const it = r.iterator({ destroyOnReturn: false }); const a = await it.next(); await it.return(); return [String(a.value), r.destroyed];`,
  String.raw`const r = new Readable({ highWaterMark: 0, read() { log.push("read"); } }); r.on("readable", () => { log.push("readable" + r.read()); }); await wait(); r.push("a"); await wait(); return log;`,
  String.raw`const r = new Readable({ objectMode: true, read() {} }); r.push(""); r.push(0); r.push(false); r.push(undefined); r.push(null); const out = []; for await (const c of r) out.push(String(c)); return out;`,
  String.raw`const r = new Readable({ read() {} }); r.push(""); r.push(new Uint8Array([97])); r.push(null); const out = []; for await (const c of r) out.push(String(c)); return out;`,
  String.raw`new Readable({ highWaterMark: "x" });`,
  String.raw`new Readable({ encoding: "nope" });`,
  String.raw`new Readable({ defaultEncoding: "nope" });`,
]);

rows("writable", [
  String.raw`const w = new Writable({ write(c, e, cb) { log.push("w" + c + e); cb(); } }); all(w); w.write("a"); w.write("b", () => log.push("cb")); w.end("c", () => log.push("endcb")); log.push(w.writableEnded, w.writableFinished); await wait(); return [log, w.writableFinished, w.destroyed];`,
  String.raw`const w = new Writable({ highWaterMark: 3, write(c, e, cb) { log.push("w" + c); queueMicrotask(cb); } }); all(w); log.push(w.write("ab"), w.write("cd"), w.writableNeedDrain, w.writableLength); await wait(); log.push(w.writableLength); w.end(); await wait(); return log;`,
  String.raw`const w = new Writable({ write(c, e, cb) { log.push("w" + c); cb(new Error("bad")); } }); all(w); w.write("a", L("cb1")); w.write("b", L("cb2")); w.end(L("end")); await wait(); return [log, w.errored.message];`,
  String.raw`const w = new Writable({ write(c, e, cb) { log.push("w" + c); queueMicrotask(() => cb(new Error("bad"))); } }); all(w); w.write("a", L("cb1")); w.write("b", L("cb2")); w.end(L("end")); await wait(); return log;`,
  String.raw`const w = new Writable({ write(c, e, cb) { cb(); cb(); } }); all(w); w.write("a", L("cb1")); await wait(); return log;`,
  String.raw`const w = new Writable({ write(c, e, cb) { cb(); } }); all(w); w.end(); w.write("x", L("late")); await wait(); w.end(L("again")); await wait(); return log;`,
  String.raw`const w = new Writable({ write(c, e, cb) { cb(); } }); all(w); w.end(); await wait(); w.end(L("again")); w.end("x", L("again2")); await wait(); return log;`,
  String.raw`const w = new Writable({ write(c, e, cb) { cb(); } }); all(w); w.destroy(); w.write("x", L("late")); w.end(L("end")); await wait(); return log;`,
  String.raw`const w = new Writable({ write(c, e, cb) { cb(); } }); w.write(null);`,
  String.raw`const w = new Writable({ write(c, e, cb) { cb(); } }); w.write(5);`,
  String.raw`const w = new Writable({ write(c, e, cb) { cb(); } }); w.write("a", "nope");`,
  String.raw`const w = new Writable({ decodeStrings: false, write(c, e, cb) { log.push(typeof c + e); cb(); } }); w.write("x"); w.write("61", "hex"); w.setDefaultEncoding("latin1"); w.write("a"); return log;`,
  String.raw`const w = new Writable({ write(c, e, cb) { log.push("w" + c); cb(); }, writev(cs, cb) { log.push("v" + cs.map((c) => c.chunk + c.encoding).join(",") + cs.allBuffers); cb(); } }); all(w); w.cork(); w.write("a", L("1")); w.write("b", L("2")); log.push(w.writableCorked); w.uncork(); w.write("c"); w.end(); await wait(); return log;`,
  String.raw`const w = new Writable({ write(c, e, cb) { log.push("w" + c); cb(); } }); all(w); w.cork(); w.cork(); w.write("a"); w.write("b"); w.uncork(); log.push("one"); w.uncork(); w.end(); await wait(); return log;`,
  String.raw`const w = new Writable({ write(c, e, cb) { log.push("w" + c); setTimeout(cb, 2); }, final(cb) { log.push("final"); setTimeout(() => { log.push("done"); cb(); }, 2); } }); all(w); w.write("a"); w.write("b"); w.end(); await new Promise((r) => w.on("close", r)); return log;`,
  String.raw`const w = new Writable({ write(c, e, cb) { cb(); }, final(cb) { cb(new Error("fin")); } }); all(w); w.end(L("endcb")); await wait(); return log;`,
  String.raw`const w = new Writable({ construct(cb) { log.push("construct"); setTimeout(cb, 2); }, write(c, e, cb) { log.push("w" + c); cb(); } }); all(w); w.write("a"); w.end(); await new Promise((r) => w.on("close", r)); return log;`,
  String.raw`const w = new Writable({ construct(cb) { cb(new Error("con")); }, write(c, e, cb) { log.push("w" + c); cb(); } }); all(w); w.write("a", L("cb")); await wait(); return log;`,
  String.raw`const w = new Writable({ autoDestroy: false, emitClose: false, write(c, e, cb) { cb(new Error("q")); } }); all(w); w.write("a"); await wait(); return [log, w.destroyed];`,
  String.raw`const w = new Writable({ emitClose: false, write(c, e, cb) { cb(); } }); all(w); w.end("a"); await wait(); return [log, w.destroyed, w.closed];`,
  String.raw`const w = new Writable(); all(w); try { w.write("a"); } catch (e) { log.push(e.code); } await wait(); return log;`,
  String.raw`const w = new Writable({ write(c, e, cb) { log.push("w" + c); setTimeout(cb, 3); } }); all(w); w.write("a", L("a")); w.write("b", L("b")); w.destroy(new Error("mid"), L("destroyed")); await new Promise((r) => setTimeout(r, 10)); return log;`,
  String.raw`const w = new Writable({ highWaterMark: -1 });`,
  String.raw`new Writable({ defaultEncoding: "nope" });`,
  String.raw`const w = new Writable({ write(c, e, cb) { cb(); } }); w.setDefaultEncoding("nope");`,
]);

rows("both", [
  String.raw`const w = new Writable({ write() {} }); all(w); w.pipe(w); await wait(); return log;`,
  String.raw`const t = new Transform({ transform(c, e, cb) { cb(null, String(c).toUpperCase()); }, flush(cb) { this.push("!"); cb(); } }); t.__skip = ["readable"]; all(t); t.write("a"); t.write("b"); t.end("c"); await wait(); return log;`,
  String.raw`const t = new Transform({ objectMode: true, highWaterMark: 2, transform(c, e, cb) { this.push(c); this.push(c * 10); cb(); } }); const res = []; for (let i = 1; i < 6; i++) res.push(t.write(i)); t.end(); const out = []; for await (const c of t) out.push(c); return [res, out];`,
  String.raw`const t = new Transform({ transform(c, e, cb) { cb(new Error("tr")); } }); t.__skip = ["readable"]; all(t); t.write("a", L("cb")); await wait(); return log;`,
  String.raw`const t = new Transform({ transform(c, e, cb) { cb(); }, flush(cb) { cb(new Error("fl")); } }); t.__skip = ["readable"]; all(t); t.end("a"); await wait(); return log;`,
  String.raw`const t = new Transform({ transform(c, e, cb) { cb(null, c); }, final(cb) { log.push("final"); cb(); }, flush(cb) { log.push("flush"); cb(null, "tail"); } }); t.__skip = ["readable"]; all(t); t.end("a"); await wait(); return log;`,
  String.raw`const t = new Transform(); t.__skip = ["readable"]; all(t); try { t.write("a"); } catch (e) { log.push(e.code); } await wait(); return log;`,
  String.raw`const p = new PassThrough({ highWaterMark: 4 }); p.__skip = ["readable", "data"]; all(p); log.push(p.write("abc"), p.write("def"), p.write("ghi"), p.write("jkl"), p.readableLength, p.writableLength); p.end(); await wait(); let s = ""; p.on("data", (c) => s += c); await wait(); return [log, s];`,
  String.raw`const r = Readable.from(["a", "b", "c"]); const out = []; const w = new Writable({ write(c, e, cb) { out.push(String(c)); cb(); } }); w.__skip = []; all(w, "w."); r.__skip = ["data", "readable"]; all(r, "r."); r.pipe(w); await wait(); await wait(); return [log, out];`,
  String.raw`let i = 0; const r = new Readable({ read() { this.push(i++ < 6 ? "xx" : null); } }); const w = new Writable({ highWaterMark: 3, write(c, e, cb) { log.push("w"); setTimeout(cb, 1); } }); all(w, "w."); r.__skip = ["data", "readable"]; all(r, "r."); r.pipe(w); await new Promise((r2) => w.on("close", r2)); return log;`,
  String.raw`const r = new Readable({ read() {} }); const w = new Writable({ write(c, e, cb) { cb(); } }); all(w, "w."); r.pipe(w); r.pipe(w); r.push("a"); await wait(); r.unpipe(w); log.push(r._readableState.pipes.length); r.unpipe(); log.push(r._readableState.pipes.length, r.readableFlowing); await wait(); return log;`,
  String.raw`const r = new Readable({ read() {} }); const w = new Writable({ write(c, e, cb) { cb(new Error("dest")); } }); all(w, "w."); r.__skip = ["data", "readable"]; all(r, "r."); r.pipe(w); r.push("a"); await wait(); r.push("b"); await wait(); return [log, r.readableFlowing, r.destroyed];`,
  String.raw`const r = Readable.from(["a"]); const w = new PassThrough(); r.pipe(w, { end: false }); await wait(); await wait(); return [w.writableEnded, String(w.read())];`,
  String.raw`const d = new Duplex({ read() { this.push("r"); this.push(null); }, write(c, e, cb) { log.push("w" + c); cb(); } }); d.__skip = ["readable"]; all(d); d.end("x"); await wait(); return [log, d.destroyed];`,
  String.raw`const d = new Duplex({ allowHalfOpen: false, read() { this.push(null); }, write(c, e, cb) { cb(); } }); d.__skip = ["readable"]; all(d); await wait(); return [log, d.writableFinished, d.destroyed];`,
  String.raw`const d = new Duplex({ readable: false, write(c, e, cb) { cb(); } }); d.__skip = ["readable"]; all(d); d.end("x"); await wait(); return [log, d.readable, d.writable, d.destroyed];`,
  String.raw`const d = new Duplex({ writable: false, read() { this.push(null); } }); d.__skip = ["readable"]; all(d); await wait(); return [log, d.readable, d.writable, d.destroyed];`,
  String.raw`const d = new Duplex({ readableObjectMode: true, writableHighWaterMark: 5, readableHighWaterMark: 3, read() {}, write() {} }); return [d.readableObjectMode, d.writableObjectMode, d.readableHighWaterMark, d.writableHighWaterMark, d instanceof Writable, d instanceof Readable, d instanceof Duplex, new Readable() instanceof Writable, new Writable() instanceof Readable];`,
  String.raw`const d = Duplex.from({ readable: Readable.from(["a"]), writable: new Writable({ write(c, e, cb) { log.push("w" + c); cb(); } }) }); d.end("q"); const out = []; for await (const c of d) out.push(String(c)); await wait(); return [log, out];`,
  String.raw`const d = Duplex.from(async function* (s) { for await (const c of s) yield String(c).toUpperCase(); }); d.write("a"); d.end("b"); const out = []; for await (const c of d) out.push(c); return out;`,
  String.raw`const d = Duplex.from(["a", "b"]); const out = []; for await (const c of d) out.push(c); return [out, d.writable];`,
  String.raw`const d = Duplex.from(Promise.resolve("z")); const out = []; for await (const c of d) out.push(c); return out;`,
  String.raw`const seen = []; const d = Duplex.from(async (s) => { for await (const c of s) seen.push(String(c)); }); d.write("a"); d.end("b"); await new Promise((r) => d.on("finish", r)); return seen;`,
  String.raw`Duplex.from(5);`,
  String.raw`Duplex.from({});`,
  String.raw`const c = compose(new Transform({ transform(c, e, cb) { cb(null, c + "1"); } }), new Transform({ transform(c, e, cb) { cb(null, c + "2"); } })); c.end("x"); let s = ""; for await (const k of c) s += k; return s;`,
  String.raw`const c = compose(async function* (s) { for await (const k of s) yield String(k).toUpperCase(); }, new PassThrough()); c.end("x"); let s = ""; for await (const k of c) s += k; return s;`,
  String.raw`const EE = need("events"); const old = new EE(); old.pause = () => {}; old.resume = () => {}; const r = new Readable().wrap(old); old.emit("data", "a"); old.emit("data", "b"); old.emit("end"); let s = ""; for await (const c of r) s += c; return s;`,
  String.raw`class T extends Transform { _transform(c, e, cb) { cb(null, c); } } const t = new T(); t.end("x"); let s = ""; for await (const c of t) s += c; return [s, Object.keys(t)].length;`,
  String.raw`const S = m; const s = new S(); s.readable = true; const out = []; const w = new Writable({ write(c, e, cb) { out.push(String(c)); cb(); } }); s.pipe(w); s.emit("data", "a"); s.emit("end"); await wait(); return [out, w.writableFinished];`,
]);

sameAsNode("what was written at once needs no room; objects keep their encoding", "stream", [
  "const w = new m.Writable({ highWaterMark: 1, write(c, e, done) { done() } }); const seen = [w.write('a'), w.write('bc'), w.writableNeedDrain]; w.on('drain', () => seen.push('drain')); await new Promise((r) => setTimeout(r, 5)); return seen",
  "const w = new m.Writable({ highWaterMark: 1, write(c, e, done) { setTimeout(done, 1) } }); const seen = [w.write('a'), w.write('bc'), w.writableNeedDrain]; w.on('drain', () => seen.push('drain')); await new Promise((r) => setTimeout(r, 20)); return seen",
  "const seen = []; const w = new m.Writable({ objectMode: true, write(c, e, done) { seen.push(String(e)); done() } }); w.write('a'); w.write({}, 'other'); w.write('a', () => {}); w.end('b'); return seen",
]);
