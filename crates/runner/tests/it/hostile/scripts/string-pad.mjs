// The longest string that there is, read.
// ends: 500 Exception, 429 MemoryLimit, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    'x'.padEnd(2 ** 29 - 25, 'ab').charCodeAt(2 ** 28);
    return new Response("ended");
  },
};
