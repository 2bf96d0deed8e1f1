// Nothing but brackets, for which the parser would need gigabytes.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    JSON.parse('['.repeat(3e7));
    return new Response("ended");
  },
};
