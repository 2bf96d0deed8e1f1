// A comparison that never ends.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    new Uint32Array(1e6).sort(() => {
      while (true);
    });
    return new Response("ended");
  },
};
