// A `toJSON` that never returns.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    return Response.json({
      toJSON() {
        while (true);
      },
    });
    return new Response("ended");
  },
};
