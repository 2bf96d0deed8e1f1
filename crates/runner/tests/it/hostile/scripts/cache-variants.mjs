// Variants of one response without end.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (let i = 0; ; i++) {
      const key = new Request("http://kept.test/", { headers: { "x-a": i } });
      await caches.default.put(key, new Response("x", { headers: { vary: "x-a, x-b, x-c" } }));
      await caches.default.match(key, { ignoreSearch: true });
    }
    return new Response("ended");
  },
};
