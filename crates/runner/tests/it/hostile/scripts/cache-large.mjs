// Bodies for a cache that never end, and more than it takes.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 429 WallClockTimeout
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (let i = 0; ; i++) {
      const endless = new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1 << 16)); } });
      await caches.default.put(`http://kept.test/${i}`, new Response(endless)).catch(() => {});
      await caches.default.put(`http://kept.test/${i}`, new Response(new Uint8Array(4 << 20))).catch(() => {});
    }
    return new Response("ended");
  },
};
