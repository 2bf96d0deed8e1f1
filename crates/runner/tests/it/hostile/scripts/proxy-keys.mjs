// A Proxy that claims a hundred million keys.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// loses: its isolate
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    Reflect.ownKeys(new Proxy({}, { ownKeys: () => ({ length: 1e8 }) }));
    return new Response("ended");
  },
};
