// A long string, longer in capitals.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    'ŉß'.repeat(4e6).toUpperCase();
    return new Response("ended");
  },
};
