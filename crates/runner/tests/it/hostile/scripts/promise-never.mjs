// A promise that nothing resolves (lesson 21).
// ends: 500 NeverResponds
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    await new Promise(() => {});
    return new Response("ended");
  },
};
