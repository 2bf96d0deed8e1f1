// Options whose properties never return.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    new Request('http://a.test/', {
      get method() {
        while (true);
      },
    });
    return new Response("ended");
  },
};
