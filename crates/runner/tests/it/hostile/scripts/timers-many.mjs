// More timers than a request may have.
// ends: 500 Exception, 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    while (true) {
      setTimeout(() => {}, 1e6);
    }
    return new Response("ended");
  },
};
