// A buffer handed on to itself.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let buffer = new ArrayBuffer(1 << 20);
    for (let i = 0; ; i++) {
      buffer = buffer.transfer((1 << 20) + (i % 4096));
    }
    return new Response("ended");
  },
};
