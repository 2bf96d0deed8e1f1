// A handler that returns something else.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    return { status: 200, headers: new Headers(), body: 'x' };
    return new Response("ended");
  },
};
