// A module of half a million functions, instantiated again and again.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception, 504 WallClockTimeout
// then: fine

const leb = (n) => { const bytes = []; do { bytes.push((n & 127) | (n > 127 ? 128 : 0)); n >>>= 7; } while (n); return bytes; };
const section = (id, content) => [id, ...leb(content.length), ...content];
const wasm = (...sections) => new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...sections.flat()]);

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const count = 5e5;
    const functions = new Uint8Array(count + 16), bodies = new Uint8Array(3 * count + 16);
    const n = leb(count);
    functions.set(n);
    bodies.set(n);
    for (let i = 0; i < count; i++) bodies.set([2, 0, 0x0b], n.length + 3 * i);
    const f = functions.subarray(0, n.length + count), b = bodies.subarray(0, n.length + 3 * count);
    const parts = [[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, ...leb(f.length)], f, [10, ...leb(b.length)], b];
    const bytes = await new Blob(parts.map((part) => new Uint8Array(part))).arrayBuffer();
    globalThis.kept ??= [];
    for (;;) kept.push((await WebAssembly.instantiate(bytes)).instance);
    return new Response("ended");
  },
};
