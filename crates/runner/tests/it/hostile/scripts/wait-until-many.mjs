// More promises under `waitUntil` than anybody needs.
// ends: 200, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (let i = 0; i < 10000; i++) {
      context.waitUntil(Promise.resolve(i));
    }
    return new Response("ended");
  },
};
