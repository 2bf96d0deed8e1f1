// A response as large as the heap.
// ends: 200, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    return new Response('x'.repeat(2 ** 25));
    return new Response("ended");
  },
};
