// A delay that never becomes a number.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    setTimeout(() => {}, {
      valueOf() {
        while (true);
      },
    });
    return new Response("ended");
  },
};
