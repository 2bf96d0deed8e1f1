// More than V8 takes for an array.
// ends: 429 MemoryLimit, 429 CpuTimeLimit
// loses: its isolate
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    new Array(2 ** 27).fill(0);
    return new Response("ended");
  },
};
