// A number from a long text.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    BigInt('9'.repeat(2 ** 24));
    return new Response("ended");
  },
};
