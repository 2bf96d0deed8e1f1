// A reason that would never become text.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    AbortSignal.abort({
      toString() {
        while (true);
      },
    }).throwIfAborted();
    return new Response("ended");
  },
};
