// A number from a text of many digits.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    Number('1'.repeat(2 ** 25));
    return new Response("ended");
  },
};
