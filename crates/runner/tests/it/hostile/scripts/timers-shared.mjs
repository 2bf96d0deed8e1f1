// A pause that all requests share, and whose owner hangs up.
// ends: 200
// requests: 2
// abandons: 2
// then: fine

let pause = null;

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    pause ??= new Promise((go) => setTimeout(go, 1000)).finally(() => {
      pause = null;
    });
    await pause;
    return new Response("ended");
  },
};
