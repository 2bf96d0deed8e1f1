// The same without a regular expression.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// loses: its isolate
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    'a'.repeat(2 ** 24).replaceAll('a', 'bbbbbbbb');
    return new Response("ended");
  },
};
