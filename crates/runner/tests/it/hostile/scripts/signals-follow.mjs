// Signals that follow a global one, without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

const { signal } = new AbortController();

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    while (true) {
      AbortSignal.any([signal]);
    }
    return new Response("ended");
  },
};
