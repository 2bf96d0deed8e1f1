// The longest source text that there may be, at its worst.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    (0, eval)('{}'.repeat(2 ** 19));
    return new Response("ended");
  },
};
