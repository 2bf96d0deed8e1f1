// A replacement that contains all of the string each time.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    'a'.repeat(2 ** 16).replace(/a/g, "$`$'");
    return new Response("ended");
  },
};
