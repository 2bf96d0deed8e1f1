// Generators that delegate to each other without end.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    function* deeper(n) {
      yield n;
      yield* deeper(n + 1);
    }
    for (const n of deeper(0));
    return new Response("ended");
  },
};
