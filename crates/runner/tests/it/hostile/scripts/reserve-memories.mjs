// A module with a hundred thousand memories (lesson 57).
// ends: 429 MemoryLimit, 429 CpuTimeLimit, 500 Exception
// then: fine

export default {
  async fetch(request) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const memories = Array.from({ length: 1e5 }, () => [0, 0]).flat();
    const module = new WebAssembly.Module(
      new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 5, 0xc3, 0x9a, 0x0c, 0xa0, 0x8d, 0x06, ...memories]),
    );
    const kept = [];
    while (true) {
      try {
        kept.push(new WebAssembly.Instance(module));
      } catch {
        kept.push(new WebAssembly.Memory({ initial: 0 }));
      }
    }
    return new Response("ended");
  },
};
