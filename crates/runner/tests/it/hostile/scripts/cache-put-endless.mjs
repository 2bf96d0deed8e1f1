// Responses kept in a cache without end.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (let i = 0; ; i++) {
      await caches.default.put(`http://kept.test/${i}`, new Response("x".repeat(1000)));
    }
    return new Response("ended");
  },
};
