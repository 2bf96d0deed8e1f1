// An import that calls the export that calls it.
// ends: 500 Exception, 429 CpuTimeLimit
// then: fine

const leb = (n) => { const bytes = []; do { bytes.push((n & 127) | (n > 127 ? 128 : 0)); n >>>= 7; } while (n); return bytes; };
const section = (id, content) => [id, ...leb(content.length), ...content];
const wasm = (...sections) => new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...sections.flat()]);

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const bytes = wasm(section(1, [1, 0x60, 0, 0]), section(2, [1, 1, 97, 1, 97, 0, 0]), section(3, [1, 0]),
      section(7, [1, 1, 98, 0, 1]), section(10, [1, 4, 0, 0x10, 0, 0x0b]));
    let call;
    const { instance } = await WebAssembly.instantiate(bytes, { a: { a: () => call() } });
    call = instance.exports.b;
    call();
    return new Response("ended");
  },
};
