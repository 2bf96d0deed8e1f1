import { sameAsNode, sameNames } from "../../node_module.mjs";

// Expressions of `z`, each of which may fail.
const rows = (title, lines) => sameAsNode(title, "zlib", [`
  const z = m;
  const { Buffer } = need("buffer");
  const { Readable } = need("stream");
  const { pipeline } = need("stream/promises");
  const { buffer } = need("stream/consumers");
  const tried = async (f) => { try { return (await f()) ?? null; } catch (e) { return [e.name, e.code, e.errno, e.message]; } };
  const long = Buffer.alloc(150000, Array.from({ length: 251 }, (_, i) => i * 7));
  const PAIRS = [["deflate", "inflate"], ["gzip", "gunzip"], ["deflateRaw", "inflateRaw"], ["brotliCompress", "brotliDecompress"], ["gzip", "unzip"], ["deflate", "unzip"]];
  const big = (name) => name[0].toUpperCase() + name.slice(1);
  const seen = [];
  for (const [code, run] of [${lines.trim().split("\n").map((line) => `[${JSON.stringify(line)}, async () => (${line})]`).join(",\n")}]) seen.push([code, await tried(run)]);
  return seen;`]);

sameNames("zlib");

rows("there and back", `
PAIRS.map(([to, from]) => ["", "a", "some text", long].map((data) => z[from + "Sync"](z[to + "Sync"](data)).equals(Buffer.from(data))))
PAIRS.map(([to, from]) => z[from + "Sync"](z[to + "Sync"](new Uint16Array([1, 2, 3]))))
Promise.all(PAIRS.map(([to, from]) => new Promise((resolve) => z[to]("text", (e, packed) => z[from](packed, {}, (e2, text) => resolve([e, e2, text.toString()]))))))
Promise.all(PAIRS.map(async ([to, from]) => { const stream = z["create" + big(from)](); pipeline(Readable.from([long.subarray(0, 7), long.subarray(7)]), z["create" + big(to)](), stream); return (await buffer(stream)).equals(long); }))
Promise.all(PAIRS.map(async ([to, from]) => { const stream = z["create" + big(from)](); const packed = z[to + "Sync"]("in pieces"); Readable.from(Array.from(packed, (byte) => Buffer.from([byte]))).pipe(stream); return (await buffer(stream)).toString(); }))
[z.createGzip() instanceof z.Gzip, z.Gzip() instanceof z.Gzip, z.createInflate().constructor.name]
z.gunzipSync(Buffer.concat([z.gzipSync("hello"), z.gzipSync("world")])).toString()
z.inflateSync(Buffer.concat([z.deflateSync("hello"), Buffer.from("xx")])).toString()
[z.crc32("hello"), z.crc32(Buffer.from("lo"), z.crc32("hel")), z.crc32("")]
z.crc32(5)
Object.keys(z.codes).sort().map((key) => [key, z.codes[key]])
Object.keys(z.constants).filter((name) => !/BROTLI_DECODER_(ERR|NEEDS|NO|SUCC)/.test(name)).map((name) => [name, z.constants[name]])`);

rows("what is wrong", `
z.inflateSync(Buffer.alloc(20, 255))
z.gunzipSync(Buffer.alloc(20, 255))
z.inflateRawSync(Buffer.alloc(20, 255))
PAIRS.map(([to, from]) => { try { return z[from + "Sync"](z[to + "Sync"]("hello").subarray(0, 4)); } catch (e) { return [e.code, e.errno, e.message]; } })
z.inflateSync("")
z.inflateSync(z.deflateSync("hello").subarray(0, 5), { finishFlush: z.constants.Z_SYNC_FLUSH }).length < 6
z.deflateSync(5)
z.deflateSync("a", { level: 99 })
z.deflateSync("a", { level: "1" })
z.inflateSync(z.deflateSync("a".repeat(1000)), { maxOutputLength: 10 })
z.deflate("a")
z.deflateSync("a", 5)
new Promise((resolve) => z.inflate(Buffer.alloc(20, 255), (e, result) => resolve([e.code, result])))
new Promise((resolve) => { const s = z.createGunzip(); s.on("error", (e) => resolve([e.code, s.destroyed])); s.end(Buffer.alloc(20, 255)); })
new Promise((resolve) => { const s = z.createGzip(); s.close(() => resolve(s.destroyed)); })
new Promise((resolve) => { const s = z.createGzip(); s.resume(); s.write("a"); s.flush(() => { s.end(); }); s.on("end", () => resolve(s.bytesWritten)); })`);
