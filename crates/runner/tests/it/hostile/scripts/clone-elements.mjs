// Clones of an object with millions of elements, without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const value = {};
    for (let i = 0; i < 4e6; i++) {
      value[i] = i;
    }
    while (true) {
      structuredClone(value);
    }
    return new Response("ended");
  },
};
