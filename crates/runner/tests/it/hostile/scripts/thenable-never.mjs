// A thenable that never settles (lesson 21).
// ends: 500 NeverResponds
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    return { then() {} };
    return new Response("ended");
  },
};
