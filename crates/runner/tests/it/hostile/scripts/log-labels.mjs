// Counters and timers with long names.
// ends: 200, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (let i = 0; i < 3; i++) {
      console.count('x'.repeat(2 ** 24) + i);
      console.time('x'.repeat(2 ** 24) + i);
    }
    return new Response("ended");
  },
};
