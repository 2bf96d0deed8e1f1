// A source text of megabytes.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    (0, eval)('x = [' + '1,'.repeat(4e6) + ']');
    return new Response("ended");
  },
};
