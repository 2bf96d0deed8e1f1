// A module in an address.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    await import('data:text/javascript,export default 1');
    return new Response("ended");
  },
};
