// A chain through a weak map.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const map = new WeakMap();
    let key = {};
    globalThis.first = key;
    while (true) {
      const next = {};
      map.set(key, next);
      key = next;
    }
    return new Response("ended");
  },
};
