// The end of the stack, caught at every depth.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    function deeper() {
      try {
        deeper();
      } finally {
        deeper();
      }
    }
    deeper();
    return new Response("ended");
  },
};
