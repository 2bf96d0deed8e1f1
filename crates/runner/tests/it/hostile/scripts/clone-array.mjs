// Copies of a large array (lesson 55), without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const array = new Array(3e6).fill(1);
    while (true) {
      structuredClone(array);
    }
    return new Response("ended");
  },
};
