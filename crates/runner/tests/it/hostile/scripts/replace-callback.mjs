// A callback for each of millions of matches.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// loses: its isolate
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    'a'.repeat(2 ** 24).replace(/a/g, (match) => match + match);
    return new Response("ended");
  },
};
