// A thenable that resolves to itself.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const thenable = {
      then(resolve) {
        resolve(thenable);
      },
    };
    return thenable;
    return new Response("ended");
  },
};
