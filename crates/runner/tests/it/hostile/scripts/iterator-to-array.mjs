// An endless iterator as an array.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    Iterator.from({ next() { return { done: false, value: {} }; } }).toArray();
    return new Response("ended");
  },
};
