// A large number in decimal.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    (2n ** 20000000n).toString();
    return new Response("ended");
  },
};
