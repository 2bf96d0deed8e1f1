// A prototype chain of a hundred thousand objects.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let object = {};
    for (let i = 0; i < 1e5; i++) {
      object = Object.create(object);
    }
    for (let i = 0; i < 1e4; i++) object[`missing${i}`];
    return new Response("ended");
  },
};
