// Garbage as fast as it can be made.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    while (true) {
      new Array(1e5).fill({});
    }
    return new Response("ended");
  },
};
