// Helpers of iterators on each other.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    function* endless() { for (;;) yield 1; }
    let iterator = endless();
    for (let i = 0; i < 5000; i++) iterator = iterator.map((x) => x).flatMap((x) => [x, x]);
    iterator.reduce((a, b) => a + b);
    return new Response("ended");
  },
};
