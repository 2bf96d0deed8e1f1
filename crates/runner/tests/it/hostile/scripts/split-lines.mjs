// A text split into more lines than an array can have.
// ends: 429 MemoryLimit, 429 CpuTimeLimit
// loses: its isolate
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    'a\n'.repeat(2 ** 27).split('\n');
    return new Response("ended");
  },
};
