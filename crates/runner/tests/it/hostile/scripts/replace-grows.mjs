// A replacement that makes a string eight times as long.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// loses: its isolate
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    'a'.repeat(2 ** 26).replace(/a/g, 'bbbbbbbb');
    return new Response("ended");
  },
};
