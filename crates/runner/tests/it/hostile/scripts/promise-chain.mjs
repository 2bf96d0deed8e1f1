// A chain of a million promises.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let chain = Promise.resolve();
    for (let i = 0; i < 1e6; i++) {
      chain = chain.then(() => {});
    }
    await chain;
    return new Response("ended");
  },
};
