// A prototype that is its own.
// ends: 500 Exception, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const proxy = new Proxy({}, { getPrototypeOf: () => proxy });
    proxy instanceof Array;
    return new Response("ended");
  },
};
