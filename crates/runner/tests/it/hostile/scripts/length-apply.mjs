// A call with as many arguments as an object claims.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    Math.max.apply(null, { length: 2 ** 32 - 1 });
    return new Response("ended");
  },
};
