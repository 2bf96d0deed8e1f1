// A module of a million exports, listed again and again.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

const leb = (n) => { const bytes = []; do { bytes.push((n & 127) | (n > 127 ? 128 : 0)); n >>>= 7; } while (n); return bytes; };
const section = (id, content) => [id, ...leb(content.length), ...content];
const wasm = (...sections) => new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...sections.flat()]);

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const count = 3e5, names = [...leb(count)];
    for (let i = 0; i < count; i++) names.push(4, 97 + (i & 15), 97 + ((i >> 4) & 15), 97 + ((i >> 8) & 255) % 26, 0, 0, 0);
    const bytes = wasm(section(1, [1, 0x60, 0, 0]), section(3, [1, 0]), section(10, [1, 2, 0, 0x0b]));
    const module = new WebAssembly.Module(bytes);
    for (;;) WebAssembly.Module.exports(module);
    return new Response("ended");
  },
};
