// Dates out of their range.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    new Date(8.64e15 + 1).toISOString();
    return new Response("ended");
  },
};
