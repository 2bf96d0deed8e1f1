// An answer that is no HTTP.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    await fetch(`${env.STUB}/garbage`);
    return new Response("ended");
  },
};
