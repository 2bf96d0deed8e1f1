// The response that stands for a network error.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    return Response.error();
    return new Response("ended");
  },
};
