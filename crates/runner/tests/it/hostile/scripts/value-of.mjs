// A number that never becomes one.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    new Response('', {
      status: {
        valueOf() {
          while (true);
        },
      },
    });
    return new Response("ended");
  },
};
