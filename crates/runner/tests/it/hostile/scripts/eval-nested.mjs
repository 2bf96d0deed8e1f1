// A source text that is nested too deeply.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    (0, eval)('('.repeat(1e6) + '1' + ')'.repeat(1e6));
    throw new Error('evaluated');
    return new Response("ended");
  },
};
