// Marks without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (let i = 0; ; i++) { performance.mark?.("m" + i); performance.measure?.("n" + i); performance.now(); }
    return new Response("ended");
  },
};
