// A copy of a large array (lesson 55).
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    structuredClone(new Array(3e6).fill(1));
    return new Response("ended");
  },
};
