// Divisions of large numbers.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const large = 7n ** 500000n;
    while (true) {
      large % (large >> 250000n);
    }
    return new Response("ended");
  },
};
