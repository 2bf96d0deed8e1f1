// A text that needs itself.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const object = { toString: () => `${object}` };
    new URL(object);
    return new Response("ended");
  },
};
