// A termination that nobody may catch.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (;;) {
      try {
        while (true) await 0;
      } catch {
      } finally {
        continue;
      }
    }
    return new Response("ended");
  },
};
