// An array from what never ends.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    await Array.fromAsync({ async *[Symbol.asyncIterator]() { for (;;) yield "a"; } });
    return new Response("ended");
  },
};
