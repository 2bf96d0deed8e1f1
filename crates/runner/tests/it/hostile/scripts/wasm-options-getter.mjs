// Options that compile what they are the options of.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit, 200
// then: fine

const leb = (n) => { const bytes = []; do { bytes.push((n & 127) | (n > 127 ? 128 : 0)); n >>>= 7; } while (n); return bytes; };
const section = (id, content) => [id, ...leb(content.length), ...content];
const wasm = (...sections) => new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...sections.flat()]);

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const bytes = wasm(section(1, [1, 0x60, 0, 0]));
    const options = { get builtins() { new WebAssembly.Module(bytes, options); return []; } };
    new WebAssembly.Module(bytes, options);
    return new Response("ended");
  },
};
