// A large body that nobody reads.
// ends: 200
// method: POST
// body: 1048576
// requests: 2
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }

    return new Response("ended");
  },
};
