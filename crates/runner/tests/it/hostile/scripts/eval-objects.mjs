// Source text of nothing but objects, for which the parser would need gigabytes.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    (0, eval)('[' + '{},'.repeat(1e7) + '0]');
    throw new Error('evaluated');
    return new Response("ended");
  },
};
