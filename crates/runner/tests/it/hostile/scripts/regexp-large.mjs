// A pattern of megabytes.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    while (true) {
      new RegExp('(a|b)'.repeat(1e5)).test('a');
    }
    return new Response("ended");
  },
};
