// A line longer than any log takes.
// ends: 200, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    console.log('x'.repeat(2 ** 24));
    return new Response("ended");
  },
};
