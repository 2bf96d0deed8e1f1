// A large array as a table.
// ends: 200, 429 MemoryLimit, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    console.table(new Array(3e6).fill(1));
    return new Response("ended");
  },
};
