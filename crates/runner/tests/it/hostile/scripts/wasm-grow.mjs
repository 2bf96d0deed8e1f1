// A memory that grows and is written.
// ends: 429 MemoryLimit, 429 CpuTimeLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const memory = new WebAssembly.Memory({ initial: 1 });
    while (true) {
      memory.grow(64);
      new Uint8Array(memory.buffer).fill(1);
    }
    return new Response("ended");
  },
};
