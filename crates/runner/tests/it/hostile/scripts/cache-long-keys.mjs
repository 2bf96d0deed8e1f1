// Keys and names as long as can be, in a cache without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const long = "x".repeat(60_000);
    for (let i = 0; ; i++) {
      await caches.default.put(`http://kept.test/${i}${long}`, new Response("x"));
      await caches.open(`${i}${long}`).catch(() => {});
      await caches.open(`${i}${long.slice(0, 4000)}`).catch(() => {});
    }
    return new Response("ended");
  },
};
