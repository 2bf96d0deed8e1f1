// Copies of a large array within itself.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const array = new Uint8Array(3e7);
    while (true) {
      array.set(array.subarray(0, 2e7), 1e7);
      array.copyWithin(1, 0);
    }
    return new Response("ended");
  },
};
