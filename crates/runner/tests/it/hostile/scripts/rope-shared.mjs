// A rope that is short until somebody reads it.
// ends: 429 MemoryLimit, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    'x'.repeat(2 ** 28).indexOf('y');
    return new Response("ended");
  },
};
