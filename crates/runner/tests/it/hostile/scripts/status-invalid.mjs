// A status that is none.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    return new Response('', { status: 99 });
    return new Response("ended");
  },
};
