// `waitUntil` of a request that is over.
// ends: 200, 500 Exception
// requests: 2
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    if (globalThis.earlier) earlier.waitUntil(new Promise(() => {}));
    globalThis.earlier = context;
    return new Response("ended");
  },
};
