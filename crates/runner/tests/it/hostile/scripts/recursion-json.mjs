// A structure that may be too deep for JSON.
// ends: 200, 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let deep = [];
    for (let i = 0; i < 1e5; i++) deep = [deep];
    return Response.json(deep);
    return new Response("ended");
  },
};
