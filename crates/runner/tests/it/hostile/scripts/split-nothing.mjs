// A string split into more parts than an array can have.
// ends: 429 MemoryLimit, 429 CpuTimeLimit
// loses: its isolate
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    'a'.repeat(2 ** 27 + 10).split('');
    return new Response("ended");
  },
};
