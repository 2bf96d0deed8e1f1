// A string split by a regular expression that matches everywhere.
// ends: 429 MemoryLimit, 429 CpuTimeLimit
// loses: its isolate
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    'a'.repeat(2 ** 27).split(/a/);
    return new Response("ended");
  },
};
