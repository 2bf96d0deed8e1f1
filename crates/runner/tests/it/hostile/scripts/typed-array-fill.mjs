// A large array written over and over.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const array = new Uint8Array(3e7);
    while (true) {
      array.fill(1);
    }
    return new Response("ended");
  },
};
