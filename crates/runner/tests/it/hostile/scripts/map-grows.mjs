// A map that doubles its table.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const map = new Map();
    for (let i = 0; ; i++) {
      map.set(i, i);
    }
    return new Response("ended");
  },
};
