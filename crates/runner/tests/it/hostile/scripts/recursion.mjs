// A recursion without end (lesson 28).
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    (function deeper() {
      return deeper() + 1;
    })();
    return new Response("ended");
  },
};
