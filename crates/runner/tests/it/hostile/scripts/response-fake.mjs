// An object that pretends to be a response.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    return Object.create(Response.prototype, { status: { value: 200 } });
    return new Response("ended");
  },
};
