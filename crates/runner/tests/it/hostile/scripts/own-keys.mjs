// The keys of a typed array, a string each.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// loses: its isolate
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    Reflect.ownKeys(new Uint8Array(1e7));
    return new Response("ended");
  },
};
