// A number with a billion digits.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    2n ** (2n ** 30n);
    return new Response("ended");
  },
};
