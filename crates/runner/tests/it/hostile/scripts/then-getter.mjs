// A response with a `then` that never returns.
// ends: 429 CpuTimeLimit

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    Object.defineProperty(Object.prototype, 'then', {
      configurable: true,
      get() {
        while (true);
      },
    });
    return { a: 1 };
    return new Response("ended");
  },
};
