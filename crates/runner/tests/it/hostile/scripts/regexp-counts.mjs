// Nested repetitions.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    while (true) {
      new RegExp('((((a{1000}){1000}){1000}){1000})').test('a'.repeat(1e5));
    }
    return new Response("ended");
  },
};
