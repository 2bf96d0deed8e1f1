// Arrays of Wasm, as large as may be, that are kept.
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
    // (type (array (mut i64))) (func (param i32) (result (ref 0)) local.get 0 array.new_default 0)
    const bytes = wasm(section(1, [2, 0x5e, 0x7e, 1, 0x60, 1, 0x7f, 1, 0x64, 0]), section(3, [1, 1]),
      section(7, [1, 1, 97, 0, 0]), section(10, [1, 7, 0, 0x20, 0, 0xfb, 7, 0, 0x0b]));
    const { a } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
    globalThis.kept ??= [];
    for (let n = 1; ; n = Math.min(n * 2, 2 ** 24)) kept.push(a(n));
    return new Response("ended");
  },
};
