// A copy whose source never returns a value.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    structuredClone({
      get a() {
        while (true);
      },
    });
    return new Response("ended");
  },
};
