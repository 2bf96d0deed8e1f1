// Text of a tenant that no client may see (lesson 46).
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    throw new Error('tenant text');
    return new Response("ended");
  },
};
