// An array from an object that has a length only.
// ends: 429 MemoryLimit, 429 CpuTimeLimit
// loses: its isolate
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    Array.from({ length: 2 ** 28 });
    return new Response("ended");
  },
};
