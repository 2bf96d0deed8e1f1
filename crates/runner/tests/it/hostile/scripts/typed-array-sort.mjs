// A large array sorted, without a comparison of the script.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    while (true) {
      new Float64Array(3e6).map(Math.random).sort();
    }
    return new Response("ended");
  },
};
