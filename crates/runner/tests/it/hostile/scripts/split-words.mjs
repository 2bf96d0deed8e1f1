// A text split at a word of two letters.
// ends: 429 MemoryLimit, 429 CpuTimeLimit
// loses: its isolate
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    'abc'.repeat(2 ** 27).split('bc');
    return new Response("ended");
  },
};
