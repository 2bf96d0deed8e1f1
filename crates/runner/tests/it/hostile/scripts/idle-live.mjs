// Live objects just below the limit, left for the next request.
// ends: 200, 429 MemoryLimit, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    globalThis.kept ??= Array.from({ length: 50 }, () => new Array(65536).fill(0));
    return new Response("ended");
  },
};
