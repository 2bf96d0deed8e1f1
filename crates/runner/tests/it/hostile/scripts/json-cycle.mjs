// A cycle as JSON.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const cycle = {};
    cycle.cycle = cycle;
    return Response.json(cycle);
    return new Response("ended");
  },
};
