// A status without a body, with one.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    return new Response('x', { status: 204 });
    return new Response("ended");
  },
};
