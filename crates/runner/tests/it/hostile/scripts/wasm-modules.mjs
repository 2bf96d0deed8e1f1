// Distinct modules of a megabyte each (lesson 50).
// ends: 429 MemoryLimit, 429 CpuTimeLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const kept = [];
    for (let i = 0; ; i++) {
      const size = 1 << 20;
      const bytes = new Uint8Array(size + 16);
      // A custom section without a name.
      bytes.set([0, 97, 115, 109, 1, 0, 0, 0, 0, 0x81, 0x80, 0xc0, 0, 0]);
      bytes[20] = i;
      bytes[21] = i >> 8;
      kept.push(new WebAssembly.Module(bytes.subarray(0, 13 + size)));
    }
    return new Response("ended");
  },
};
