// A destructuring whose iterator does not let go.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const [first] = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false }),
        return() {
          while (true);
        },
      }),
    };
    return new Response("ended");
  },
};
