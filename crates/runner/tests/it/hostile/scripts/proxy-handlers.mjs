// Handlers that are proxies with such handlers.
// ends: 500 Exception, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const proxy = new Proxy({}, new Proxy({}, { get: (target, key) => proxy[key] }));
    proxy.x;
    return new Response("ended");
  },
};
