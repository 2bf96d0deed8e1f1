// All of a cache, taken out again and again.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (let i = 0; i < 200; i++) {
      await caches.default.put(`http://kept.test/${i}`, new Response("x".repeat(20_000)));
    }
    const kept = [];
    while (true) {
      kept.push(await caches.default.matchAll(), await caches.default.keys());
    }
    return new Response("ended");
  },
};
