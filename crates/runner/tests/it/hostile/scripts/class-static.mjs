// A class that never comes to be.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    class Never {
      static {
        while (true);
      }
    }
    return new Response("ended");
  },
};
