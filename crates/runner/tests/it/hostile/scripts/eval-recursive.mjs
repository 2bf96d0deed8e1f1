// An evaluation that evaluates itself.
// ends: 500 Exception, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const source = '(0, eval)(globalThis.source)';
    globalThis.source = source;
    (0, eval)(source);
    return new Response("ended");
  },
};
