// A join that is longer than a string may be.
// ends: 429 MemoryLimit, 429 CpuTimeLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    new Array(1000).fill('x'.repeat(2 ** 20)).join('x'.repeat(2 ** 20));
    return new Response("ended");
  },
};
