// A promise under `waitUntil` that never settles.
// ends: 200
// requests: 2
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    context.waitUntil(new Promise(() => {}));
    return new Response("ended");
  },
};
