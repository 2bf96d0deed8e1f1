// A sum of an endless iterator.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    Math.sumPrecise ? Math.sumPrecise({ *[Symbol.iterator]() { for (;;) yield 0.1; } }) : undefined.x;
    return new Response("ended");
  },
};
