// Listeners without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const target = new EventTarget();
    while (true) {
      target.addEventListener('x', () => {});
    }
    return new Response("ended");
  },
};
