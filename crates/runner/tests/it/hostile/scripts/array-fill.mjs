// One allocation of four times the heap limit.
// ends: 429 MemoryLimit, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    new Array(2 ** 25).fill(0);
    return new Response("ended");
  },
};
