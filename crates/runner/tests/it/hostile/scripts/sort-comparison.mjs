// Sorting by a comparison that takes its time.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    new Array(1e5).fill(0).map(Math.random).sort((a, b) => {
      for (let i = 0; i < 1e4; i++);
      return a - b;
    });
    return new Response("ended");
  },
};
