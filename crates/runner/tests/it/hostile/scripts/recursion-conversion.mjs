// A conversion in a conversion in a conversion.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const object = { get a() { return JSON.stringify(object); } };
    JSON.stringify(object);
    return new Response("ended");
  },
};
