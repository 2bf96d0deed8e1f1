// An object with as many properties as fit.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const object = {};
    for (let i = 0; ; i++) {
      object[`key${i}`] = i;
    }
    return new Response("ended");
  },
};
