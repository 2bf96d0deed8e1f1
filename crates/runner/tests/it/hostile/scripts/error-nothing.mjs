// Nothing, thrown.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    throw undefined;
    return new Response("ended");
  },
};
