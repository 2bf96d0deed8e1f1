// Requests with a global signal, and their copies.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

const { signal } = new AbortController();

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    while (true) {
      new Request('http://a.test/', { signal }).clone().signal;
    }
    return new Response("ended");
  },
};
