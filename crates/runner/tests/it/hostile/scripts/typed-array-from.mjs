// A typed array from an endless iterator.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    Uint8Array.from((function* () {
      while (true) yield 1;
    })());
    return new Response("ended");
  },
};
