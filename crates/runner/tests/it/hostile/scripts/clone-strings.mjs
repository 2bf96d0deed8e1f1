// A copy that would write one string ten thousand times.
// ends: 200, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    structuredClone(new Array(10000).fill('x'.repeat(1e6)));
    return new Response("ended");
  },
};
