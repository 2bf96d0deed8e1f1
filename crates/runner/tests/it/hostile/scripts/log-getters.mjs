// An error whose properties never return, logged.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    console.log(Object.defineProperty(new Error('x'), 'stack', {
      get() {
        while (true);
      },
    }));
    return new Response("ended");
  },
};
