// A module whose types take megabytes.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

const leb = (n) => { const bytes = []; do { bytes.push((n & 127) | (n > 127 ? 128 : 0)); n >>>= 7; } while (n); return bytes; };
const section = (id, content) => [id, ...leb(content.length), ...content];
const wasm = (...sections) => new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...sections.flat()]);

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const types = new Uint8Array(new Uint16Array(1e6).fill(0x005f).buffer), head = [1, 0x4e, ...leb(1e6)];
    const parts = [[0, 97, 115, 109, 1, 0, 0, 0, 1, ...leb(head.length + types.length), ...head], types];
    const bytes = await new Blob(parts.map((part) => new Uint8Array(part))).arrayBuffer();
    if (!WebAssembly.validate(bytes)) await WebAssembly.compile(bytes);
    return new Response("ended");
  },
};
