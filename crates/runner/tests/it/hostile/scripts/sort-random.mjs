// Sorting without an order, in a loop.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const array = new Array(1e5).fill(0);
    while (true) {
      array.sort(() => Math.random() - 0.5);
    }
    return new Response("ended");
  },
};
