// A string spread into an array.
// ends: 429 MemoryLimit, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    [...'a'.repeat(2 ** 27)];
    return new Response("ended");
  },
};
