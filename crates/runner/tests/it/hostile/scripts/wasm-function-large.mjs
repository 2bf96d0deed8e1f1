// A function of seven megabytes.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception, 504 WallClockTimeout, 200
// then: fine

const leb = (n) => { const bytes = []; do { bytes.push((n & 127) | (n > 127 ? 128 : 0)); n >>>= 7; } while (n); return bytes; };
const section = (id, content) => [id, ...leb(content.length), ...content];
const wasm = (...sections) => new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...sections.flat()]);

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const size = 7e6, body = new Uint8Array(size).fill(0x1a);
    for (let i = 0; i < size - 3; i += 3) body.set([0x41, 0, 0x1a], i);
    body.fill(0x01, size - 3, size - 1);
    body[size - 1] = 0x0b;
    const code = [1, ...leb(size + 1), 0];
    const parts = [[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 97, 0, 0, 10, ...leb(code.length + size)], code, body];
    const bytes = await new Blob(parts.map((part) => new Uint8Array(part))).arrayBuffer();
    const { instance } = await WebAssembly.instantiate(bytes);
    for (;;) instance.exports.a();
    return new Response("ended");
  },
};
