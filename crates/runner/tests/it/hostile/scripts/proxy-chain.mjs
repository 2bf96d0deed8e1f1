// Proxies of proxies.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let proxy = {};
    for (let i = 0; i < 1e5; i++) {
      proxy = new Proxy(proxy, {});
    }
    proxy.x;
    throw new Error('found');
    return new Response("ended");
  },
};
