// Buffers kept until memory runs out (lesson 17).
// ends: 429 MemoryLimit, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const kept = [];
    while (true) {
      kept.push(new Uint8Array(1 << 20).fill(1));
    }
    return new Response("ended");
  },
};
