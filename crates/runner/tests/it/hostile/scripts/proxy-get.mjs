// A trap that never returns.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    new Proxy({}, {
      get() {
        while (true);
      },
    }).x;
    return new Response("ended");
  },
};
