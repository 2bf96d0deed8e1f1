// A sparse array of the greatest length, filled.
// ends: 429 MemoryLimit, 429 CpuTimeLimit
// loses: its isolate
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const array = [];
    array.length = 2 ** 32 - 1;
    array.fill(1);
    return new Response("ended");
  },
};
