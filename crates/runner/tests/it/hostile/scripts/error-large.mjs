// A message of megabytes.
// ends: 500 Exception, 429 MemoryLimit, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    throw new Error('x'.repeat(2 ** 24));
    return new Response("ended");
  },
};
