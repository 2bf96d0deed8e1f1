// Lines without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    while (true) {
      console.log('x'.repeat(10000));
    }
    return new Response("ended");
  },
};
