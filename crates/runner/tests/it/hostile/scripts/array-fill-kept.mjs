// The same, and kept for as long as the isolate lives.
// ends: 429 MemoryLimit, 429 CpuTimeLimit
// requests: 2
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    globalThis.kept = new Array(2 ** 25).fill(0);
    return new Response("ended");
  },
};
