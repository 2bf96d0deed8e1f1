// A list of a million items.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    while (true) {
      new Intl.ListFormat('en').format(new Array(1e6).fill('x'.repeat(10)));
    }
    return new Response("ended");
  },
};
