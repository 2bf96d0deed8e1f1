// A loop under `waitUntil` (lesson 22).
// ends: 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    context.waitUntil((async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      while (true);
    })());
    return new Response("ended");
  },
};
