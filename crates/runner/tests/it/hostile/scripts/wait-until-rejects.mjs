// A failure under `waitUntil` (lesson 31).
// ends: 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    context.waitUntil(Promise.reject(new Error('x')));
    return new Response("ended");
  },
};
