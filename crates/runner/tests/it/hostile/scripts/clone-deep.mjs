// A copy of a deep structure.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let list = null;
    for (let i = 0; i < 1e5; i++) {
      list = { list };
    }
    structuredClone(list);
    return new Response("ended");
  },
};
