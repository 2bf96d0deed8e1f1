// JSON that is nested a million times.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    JSON.parse('['.repeat(1e6) + ']'.repeat(1e6)).length;
    throw new Error('parsed');
    return new Response("ended");
  },
};
