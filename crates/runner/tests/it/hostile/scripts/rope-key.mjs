// A rope as the key of a property.
// ends: 429 MemoryLimit, 429 CpuTimeLimit, 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    ({})['x'.repeat(2 ** 24)] = 1;
    return new Response("ended");
  },
};
