// Addresses of two megabytes.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    while (true) {
      new URL('http://a.test/' + '../'.repeat(5e5));
    }
    return new Response("ended");
  },
};
