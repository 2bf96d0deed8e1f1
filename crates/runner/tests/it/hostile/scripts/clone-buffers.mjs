// Copies of a buffer, kept.
// ends: 429 MemoryLimit, 429 CpuTimeLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const kept = [];
    const buffer = new ArrayBuffer(1 << 22);
    while (true) {
      kept.push(structuredClone(buffer));
    }
    return new Response("ended");
  },
};
