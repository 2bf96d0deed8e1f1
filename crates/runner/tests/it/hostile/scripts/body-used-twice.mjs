// A response returned a second time.
// ends: 200, 500 Exception
// requests: 2
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const response = new Response('ended');
    if (globalThis.given) return globalThis.given;
    globalThis.given = response;
    return response;
    return new Response("ended");
  },
};
